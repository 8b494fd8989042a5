package io.latentsync.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;

/** The ffmpeg program that comes with the natives: an independent judge of our files. */
public final class FfmpegProgram {
  private FfmpegProgram() {}

  /**
   * Runs ffmpeg and returns what it writes to standard output.
   *
   * @param arguments what follows {@code ffmpeg -v error -y}
   */
  public static byte[] run(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(Loader.load(ffmpeg.class), "-nostdin", "-v", "error", "-y"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    return output;
  }

  /** All frames of a file as RGB bytes, one after another, at the file's own rate. */
  public static byte[] rgb(java.nio.file.Path video) throws IOException, InterruptedException {
    return run(
        "-i",
        video.toString(),
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-");
  }
}
