package io.latentsync.job.provenance;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Finishing;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Signs a video with the user's c2patool, a program of the Content Authenticity Initiative. */
public final class ContentSigner {
  private static final String OPTION = "--c2pa_tool ";

  /** The program may print a whole manifest; its last lines have the error. */
  private static final int TAIL = 4096;

  private ContentSigner() {}

  /**
   * Signs a video, and replaces it by the signed one.
   *
   * @param video local file
   * @throws InvalidInputException if the program or the manifest definition is missing, or if the
   *     program fails; the video is unchanged then
   * @throws IOException if a file cannot be read or written
   */
  public static void sign(Finishing.Signing signing, Path video) throws IOException {
    Path manifest = signing.manifest().localPath();
    if (!Files.isReadable(manifest)) {
      throw new InvalidInputException(
          "--c2pa_manifest %s: no such file on %s".formatted(signing.manifest(), host()));
    }
    Path signed = video.resolveSibling("signed-" + video.getFileName());
    Path log = video.resolveSibling("c2patool.log");
    int code =
        run(
            List.of(
                signing.tool(),
                video.toString(),
                "-m",
                manifest.toString(),
                "-o",
                signed.toString(),
                "-f"),
            log,
            signing);
    if (code != 0) {
      throw new InvalidInputException(
          (OPTION + "%s: ended with code %d: %s")
              .formatted(Printable.value(signing.tool()), code, lastLine(log)));
    }
    if (!Files.isRegularFile(signed) || Files.size(signed) == 0) {
      throw new InvalidInputException(
          (OPTION + "%s: ended with code 0, but has not written the signed video")
              .formatted(Printable.value(signing.tool())));
    }
    Files.move(signed, video, StandardCopyOption.REPLACE_EXISTING);
  }

  private static int run(List<String> command, Path log, Finishing.Signing signing)
      throws IOException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
    } catch (IOException e) {
      throw new InvalidInputException(
          (OPTION + "%s: cannot be started on %s; it must be a program, such as /usr/bin/c2patool")
              .formatted(Printable.value(signing.tool()), host()),
          e);
    }
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the output was signed", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String lastLine(Path log) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    int from = Math.max(0, bytes.length - TAIL);
    return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .map(Printable::line)
        .orElse("no message");
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "this machine";
    }
  }
}
