package io.latentsync.media;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

public record VideoProbe(
    int width,
    int height,
    int rotation,
    double frameRate,
    double durationSeconds,
    String codec,
    ColorTags color,
    boolean seekable,
    long[] pictures,
    long[] keys)
    implements Serializable {

  /** How many frames the video has at 25 fps. */
  public int frames() {
    return pictures.length;
  }

  public static VideoProbe of(Path file) throws IOException {
    throw new UnsupportedOperationException();
  }
}
