package io.latentsync.face.align;

import java.util.Locale;

/** How faces are resampled between frames and the networks' square. */
public enum Resampling {
  /**
   * As in the reference implementation, in two steps: a bilinear map and a resize with a rectangle
   * between them. Detail near the resolution of the square is lost, and a face that is much larger
   * than the square is undersampled.
   */
  REFERENCE,

  /** In one step, by a {@link LanczosWarp}. */
  SHARP,

  /** As {@link #SHARP}, with the source's fine texture added to the skin of the new face. */
  TEXTURED;

  /** Whether faces are resampled in one step. */
  public boolean isSharp() {
    return this != REFERENCE;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
