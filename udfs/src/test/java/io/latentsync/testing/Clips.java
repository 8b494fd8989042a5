package io.latentsync.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Clips of talking heads: the demonstration's synthetic ones, which are in the repository, and real
 * ones in the folder of the system property {@code clips.dir}.
 */
public final class Clips {
  private Clips() {}

  /**
   * A clip or speech of the demonstration: a head of 512×512 pixels at 25 frames a second, or its
   * voice at 16 kHz.
   *
   * @param name {@code clip1.mp4}, {@code clip2.mp4} or {@code speech1.wav} to {@code speech3.wav}
   * @param folder where the file is put
   */
  public static Path sample(String name, Path folder) {
    Path file = folder.resolve(name);
    try (InputStream in = Clips.class.getResourceAsStream("clips/" + name)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** A real clip by file name; skips the test with a message if it does not exist. */
  public static Path clip(String name) {
    Path clip = Path.of(System.getProperty("clips.dir", "../../shared/clips")).resolve(name);
    Skip.unless(Files.isRegularFile(clip), "no clip at " + clip.toAbsolutePath());
    return clip;
  }
}
