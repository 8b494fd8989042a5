package io.latentsync.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Real talking-head clips, found under the system property {@code clips.dir}. Where they are absent
 * the calling test is skipped with a message.
 */
public final class Clips {
  private Clips() {}

  /** A clip by file name; skips the test if there is none. */
  public static Path clip(String name) {
    Path clip = Path.of(System.getProperty("clips.dir", "../../shared/clips")).resolve(name);
    Skip.unless(Files.isRegularFile(clip), "no clip at " + clip.toAbsolutePath());
    return clip;
  }
}
