package io.latentsync.media;

/** What becomes of interlaced pictures. */
public enum Deinterlacing {
  /**
   * Pictures that say they are interlaced become full pictures, one each, by FFmpeg's bwdif filter.
   */
  AUTO("auto"),

  /** All pictures stay as they are. */
  OFF("off");

  private final String word;

  Deinterlacing(String word) {
    this.word = word;
  }

  /** The word for it on the command line. */
  @Override
  public String toString() {
    return word;
  }
}
