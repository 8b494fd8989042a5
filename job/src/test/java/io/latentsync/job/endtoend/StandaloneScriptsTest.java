package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the scripts of {@code deploy/standalone} do before Spark starts. */
final class StandaloneScriptsTest {
  private static final Path SCRIPTS =
      Path.of(System.getProperty("deploy.dir", "../deploy")).resolve("standalone").toAbsolutePath();

  private record Ended(int code, String output) {}

  private static Ended run(String script, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve(script).toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().remove("SPARK_MASTER");
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"master", "worker"})
  void theDaemonsExplainTheirOptions(String script) throws Exception {
    Ended help = run(script, "--help");
    assertThat(help.code()).isZero();
    assertThat(help.output())
        .startsWith("Usage: deploy/standalone/" + script)
        .contains("--host HOST", "\"" + script + " ready\"", "LATENTSYNC_JAVA_OPTS");
  }

  @Test
  void aDubWithoutAMasterIsOneLine() throws Exception {
    assertThat(run("dub", "--manifest", "nightly.csv"))
        .isEqualTo(
            new Ended(
                2,
                "dub: SPARK_MASTER is not set; it must be the address of the master, such as"
                    + " spark://10.0.0.1:7077\n"));
  }
}
