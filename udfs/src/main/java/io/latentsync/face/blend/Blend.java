package io.latentsync.face.blend;

/** How a re-synthesised face is blended into its frame. */
public enum Blend {
  /**
   * As in the reference implementation: the whole square replaces the frame's pixels, with a soft
   * edge. Pixels that the mask keeps are resampled to the networks' resolution and back. Errors of
   * the autoencoder, such as in a background's hue, show as an edge at the mask.
   */
  REFERENCE("reference"),

  /**
   * Only changed pixels replace the frame's, with colours that are fitted to the surroundings; see
   * {@link SeamlessFit}.
   */
  SEAMLESS("seamless");

  private final String word;

  Blend(String word) {
    this.word = word;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
