package io.latentsync.media;

/** Which frames a video is read as, and with them the frame rate of what is made of it. */
public enum FrameRatePolicy {
  /**
   * 25 a second, as in the reference implementation: FFmpeg's fps filter repeats and leaves out
   * pictures of other rates. What the networks are trained at.
   */
  REFERENCE("25"),

  /**
   * The source's own, each once, at its own rate of 10 to 60 a second. A source without a steady
   * rate is read by FFmpeg's fps filter, too, at the usual rate nearest to that of most of its
   * pictures.
   */
  SOURCE("source");

  private final String word;

  FrameRatePolicy(String word) {
    this.word = word;
  }

  /** The word for it on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
