package io.latentsync.face.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failures of the build script that fetches MediaPipe's models. */
class FaceModelsBuildTest {

  private static final Path SCRIPT = Path.of("src/build/fetch-face-models.sh").toAbsolutePath();

  @TempDir private Path folder;

  @Test
  void buildContinuesWithAWarningIfNpmFails() throws Exception {
    String output = fetchWith("echo no such registry >&2; exit 1");
    assertThat(output).contains("no such registry").contains("WITHOUT");
    assertThat(folder.resolve("classes/models")).isEmptyDirectory();
  }

  @Test
  void modelWithAnotherChecksumIsRefused() throws Exception {
    String output =
        fetchWith(
            """
            mkdir package
            echo something else >package/face_detection_full_range.tflite
            tar -czf p.tgz package
            echo p.tgz
            """);
    assertThat(output).contains("sha256").contains("99bf9494").contains("WITHOUT");
    assertThat(folder.resolve("classes/models")).isEmptyDirectory();
    assertThat(folder.resolve("cache/latentsync")).isEmptyDirectory();
  }

  /** Runs the script with an empty cache and the given body of npm; returns what it prints. */
  private String fetchWith(String npm) throws IOException, InterruptedException {
    Path program = Files.createDirectories(folder.resolve("bin")).resolve("npm");
    Files.writeString(program, "#!/bin/sh\n" + npm);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder("sh", SCRIPT.toString(), folder.resolve("classes").toString())
            .redirectErrorStream(true);
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    builder.environment().merge("PATH", program.getParent() + ":", (path, bin) -> bin + path);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
