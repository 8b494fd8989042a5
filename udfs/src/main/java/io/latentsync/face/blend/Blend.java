package io.latentsync.face.blend;

/** How a re-synthesised face is put into its frame. */
public enum Blend {
  /**
   * As the reference implementation: the whole square replaces the frame's, with a soft edge. What
   * the mask keeps was resampled to the networks' resolution and back, and what the autoencoder
   * cannot hold, such as a background's hue, ends at the mask's edge.
   */
  REFERENCE("reference"),

  /**
   * Only what has changed replaces the frame's, in colours that fit what is around it; see {@link
   * SeamlessFit}.
   */
  SEAMLESS("seamless");

  private final String word;

  Blend(String word) {
    this.word = word;
  }

  /** The word for it on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
