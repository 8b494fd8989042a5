package io.latentsync.job.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class BuildVersion implements IVersionProvider {
  /** The version number, such as 0.1.0. */
  static String number() throws IOException {
    Properties build = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream("build.properties")) {
      build.load(in);
    }
    return build.getProperty("version");
  }

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"LatentSync for Spark " + number()};
  }
}
