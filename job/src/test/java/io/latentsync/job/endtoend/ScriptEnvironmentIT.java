package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The environment that the scripts give to Java. */
final class ScriptEnvironmentIT {
  private static final String FALLBACK = "PYTORCH_ENABLE_MPS_FALLBACK";
  private static final Path SCRIPTS =
      Path.of(System.getProperty("deploy.dir", "../deploy")).toAbsolutePath();

  @TempDir Path javaHome;

  @BeforeEach
  void aJavaThatPrintsTheVariable() throws IOException {
    Path java = Files.createDirectory(javaHome.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"fallback is $" + FALLBACK + "\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private String output(String script, String value) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve(script).toString(), "Main");
    builder.environment().put("JAVA_HOME", javaHome.toString());
    builder.environment().remove(FALLBACK);
    if (!value.isEmpty()) {
      builder.environment().put(FALLBACK, value);
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output.strip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"local/start", "standalone/spark-class"})
  void operatorsThatAnAppleGpuLacksRunOnTheCpuUnlessTheUserSaysOtherwise(String script)
      throws Exception {
    assertThat(output(script, "")).isEqualTo("fallback is 1");
    assertThat(output(script, "0")).isEqualTo("fallback is 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local/start", "standalone/spark-class"})
  void fileNamesAreInUtf8AlsoIfTheLocaleIsNotInstalled(String script) throws Exception {
    Files.writeString(
        javaHome.resolve("bin/java"), "#!/bin/sh\necho \"characters: $(locale charmap)\"\n");
    ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve(script).toString(), "Main");
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_"));
    builder.environment().put("LANG", "xx_XX.UTF-8");
    builder.environment().put("JAVA_HOME", javaHome.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(output).isEqualTo("characters: UTF-8\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local/start", "local/latentsync", "local/dub", "standalone/spark-class"})
  void aLinkToAScriptRunsIt(String script) throws Exception {
    Path link = Files.createSymbolicLink(javaHome.resolve("link"), SCRIPTS.resolve(script));
    assertThat(output(link.toString(), "0")).isEqualTo("fallback is 0");
  }
}
