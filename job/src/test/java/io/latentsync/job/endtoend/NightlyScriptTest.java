package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code deploy/schedule/nightly} with a program in place of the dub on a cluster. */
@Timeout(60)
final class NightlyScriptTest {
  private static final Path DEPLOY =
      Path.of(System.getProperty("deploy.dir", "../deploy")).toAbsolutePath();

  @TempDir Path folder;
  private Path script;

  /** Prints its manifest and works until its input ends. */
  @BeforeEach
  void theScriptWithAnotherDub() throws IOException {
    script = folder.resolve("deploy/schedule/nightly");
    Files.createDirectories(script.getParent());
    Files.copy(DEPLOY.resolve("schedule/nightly"), script);
    Path dub = folder.resolve("deploy/standalone/dub");
    Files.createDirectories(dub.getParent());
    Files.writeString(dub, "#!/bin/sh\necho \"dubs $2\"\ncat >/dev/null\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThat(dub.toFile().setExecutable(true)).isTrue();
    Files.createDirectories(folder.resolve("a/requests"));
    Files.createDirectories(folder.resolve("b/requests"));
  }

  /** A run of the script, until its first line of output. */
  private static final class Run implements AutoCloseable {
    final Process process;
    final String line;

    Run(ProcessBuilder builder) throws IOException {
      process = builder.redirectErrorStream(true).start();
      BufferedReader output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      line = output.readLine();
    }

    int code() throws Exception {
      return process.waitFor();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
    }
  }

  private Run run(String workingFolder, Map<String, String> environment, String... command)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.resolve(workingFolder).toFile());
    builder.environment().remove("XDG_RUNTIME_DIR");
    builder.environment().put("HOME", folder.toString());
    builder.environment().putAll(environment);
    return new Run(builder);
  }

  private Run run(String workingFolder, String manifest) throws IOException {
    return run(workingFolder, Map.of(), script.toString(), manifest);
  }

  @Test
  void oneManifestHasOneRunAtATimeUnderAllItsNamesAndFromCronAndSystemd() throws Exception {
    String name = folder.resolve("a/requests").toString();
    try (Run first = run("a", name)) {
      assertThat(first.line).isEqualTo("dubs " + name);
      for (String other : new String[] {name + "/", "requests", "../a/requests"}) {
        try (Run second = run("a", other)) {
          assertThat(second.line).isEqualTo("nightly: an earlier run still works on " + other);
          assertThat(second.code()).isZero();
        }
      }
      Map<String, String> login = Map.of("XDG_RUNTIME_DIR", folder.resolve("b").toString());
      try (Run second = run("a", login, script.toString(), name)) {
        assertThat(second.line).isEqualTo("nightly: an earlier run still works on " + name);
      }
      try (Run other = run("b", "requests")) {
        assertThat(other.line).as("another manifest").isEqualTo("dubs requests");
      }
      first.close();
      assertThat(first.code()).isZero();
    }
    try (Run next = run("a", name)) {
      assertThat(next.line).isEqualTo("dubs " + name);
    }
  }

  @Test
  void aMachineWithoutLocksIsAFailure() throws Exception {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    for (String program : new String[] {"bash", "dirname", "mkdir", "cksum", "cut"}) {
      Files.createSymbolicLink(programs.resolve(program), Path.of("/usr/bin", program));
    }
    try (Run run = run("a", Map.of("PATH", programs.toString()), script.toString(), "requests")) {
      assertThat(run.line)
          .isEqualTo("nightly: the program flock is missing; install it (Debian: util-linux)");
      assertThat(run.code()).isEqualTo(1);
    }
  }

  @Test
  void theScriptRunsThroughALinkAndWithASearchPathForFolders() throws Exception {
    Path link = folder.resolve("nightly");
    Files.createSymbolicLink(link, Path.of("deploy/schedule/nightly"));
    Map<String, String> search = Map.of("CDPATH", folder.toString());
    try (Run run = run(".", search, "./nightly", "requests")) {
      assertThat(run.line).isEqualTo("dubs requests");
    }
    try (Run run = run(".", search, "deploy/schedule/nightly", "requests/b")) {
      assertThat(run.line).isEqualTo("dubs requests/b");
    }
  }
}
