package io.latentsync.job.storage;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.VersionInfo;

/** The client of a path's file system; for most object stores it is a separate package. */
final class FileSystemClient {
  private static final String AZURE = "org.apache.hadoop:hadoop-azure:";

  /**
   * The packages for {@code --packages} or {@code --jars}. Those of Hadoop have Hadoop's version.
   */
  private static final Map<String, String> PACKAGES =
      Map.of(
          "s3a", "org.apache.hadoop:hadoop-aws:",
          "abfs", AZURE,
          "abfss", AZURE,
          "wasb", AZURE,
          "wasbs", AZURE,
          "gs", "com.google.cloud.bigdataoss:gcs-connector");

  private FileSystemClient() {}

  /**
   * Finds the client.
   *
   * @throws IOException if there is no client for this scheme; the message names the package that
   *     contains it
   */
  static FileSystem of(Path path, Configuration configuration) throws IOException {
    String scheme = path.toUri().getScheme();
    try {
      FileSystem.getFileSystemClass(scheme, configuration);
    } catch (IOException | RuntimeException e) {
      // Hadoop throws one exception for an unknown scheme, and another for a class that is not on
      // the class path.
      throw new IOException(missing(scheme), e);
    }
    return path.getFileSystem(configuration);
  }

  private static String missing(String scheme) {
    String shown = Printable.value(scheme);
    String name = PACKAGES.get(scheme);
    if (name == null) {
      return ("there is no client for %s:// paths; add its package to the class path and name its"
              + " class in fs.%s.impl, or give a local path or hdfs://…")
          .formatted(shown, shown);
    }
    String versioned = name.endsWith(":") ? name + VersionInfo.getVersion() : name;
    return "the client for %s:// paths is missing; add %s (see deploy/OBJECT_STORES.md)"
        .formatted(shown, versioned);
  }
}
