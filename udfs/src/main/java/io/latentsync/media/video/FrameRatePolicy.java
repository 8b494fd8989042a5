package io.latentsync.media.video;

/** Which frames of a video are read, and the frame rate of the dubbed video. */
public enum FrameRatePolicy {
  /**
   * 25 frames per second, as in the reference implementation and in the training of the networks.
   * FFmpeg's fps filter repeats or drops pictures of other rates.
   */
  REFERENCE("25"),

  /**
   * Each picture of the source once, at the source's rate of 10 to 60 per second. A source without
   * a constant rate is read through FFmpeg's fps filter at the common rate that is nearest to the
   * median rate of its pictures.
   */
  SOURCE("source");

  private final String word;

  FrameRatePolicy(String word) {
    this.word = word;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
