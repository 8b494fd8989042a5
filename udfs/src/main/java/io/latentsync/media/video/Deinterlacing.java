package io.latentsync.media.video;

/** The policy for interlaced pictures. */
public enum Deinterlacing {
  /**
   * FFmpeg's bwdif filter converts each picture that is flagged as interlaced to one full picture.
   */
  AUTO("auto"),

  /** All pictures stay as they are. */
  OFF("off");

  private final String word;

  Deinterlacing(String word) {
    this.word = word;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
