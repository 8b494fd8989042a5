package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the scripts of {@code deploy/yarn} check before Spark starts. */
final class YarnScriptsTest {
  private static final Path SCRIPTS =
      Path.of(System.getProperty("deploy.dir", "../deploy")).resolve("yarn").toAbsolutePath();

  @TempDir Path folder;

  private record Ended(int code, String output) {}

  private static Ended run(Map<String, String> environment, String script, String... arguments)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve(script).toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().remove("HADOOP_CONF_DIR");
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @Test
  void aMissingConfigurationIsOneLine() throws Exception {
    String line =
        ": HADOOP_CONF_DIR is not set; it must be the folder of core-site.xml and yarn-site.xml\n";
    assertThat(run(Map.of(), "dub", "--manifest", "nightly.csv"))
        .isEqualTo(new Ended(2, "dub" + line));
    assertThat(run(Map.of(), "install", "hdfs:///apps/latentsync"))
        .isEqualTo(new Ended(2, "install" + line));
  }

  @Test
  void anUnknownModeIsOneLine() throws Exception {
    assertThat(
            run(
                Map.of("HADOOP_CONF_DIR", folder.toString(), "LATENTSYNC_DEPLOY_MODE", "local"),
                "dub"))
        .isEqualTo(
            new Ended(2, "dub: LATENTSYNC_DEPLOY_MODE is local, but must be cluster or client\n"));
  }
}
