package io.latentsync.media;

/**
 * Where the samples of a sound track belong in the file's time: how much silence precedes each
 * decoded piece. Times are in seconds from the file's start.
 */
final class SoundTimeline {
  /** Time stamps are rounded, and those of live streams jitter; a shorter hole is none. */
  private static final double JITTER = 0.04;

  /** More does not go missing; the time stamps have restarted or are wrong. */
  private final double longestHole;

  /** When the next sample is due. */
  private double next;

  /** What is added to time stamps since they last restarted. */
  private double shift;

  /**
   * A track of which nothing is decoded yet.
   *
   * @param longestHole a jump forwards by more seconds is no hole
   */
  SoundTimeline(double longestHole) {
    this.longestHole = longestHole;
  }

  /**
   * How much silence precedes the first piece.
   *
   * @param time of the piece after the file's start
   * @param stamp of the piece; those of the later pieces count from it
   * @param sampleRate of the piece
   * @return in samples
   */
  long begin(double time, double stamp, int sampleRate) {
    double lead = time > 0 && time <= longestHole ? time : 0;
    long silence = Math.round(lead * sampleRate);
    next = (double) silence / sampleRate;
    shift = next - stamp;
    return silence;
  }

  /**
   * How much silence precedes a later piece.
   *
   * @param stamp of the piece
   * @param sampleRate of the piece
   * @return in samples
   */
  long hole(double stamp, int sampleRate) {
    double hole = stamp + shift - next;
    if (hole > longestHole || hole < -1) {
      shift = next - stamp;
      return 0;
    }
    if (hole <= JITTER) {
      return 0;
    }
    long silence = Math.round(hole * sampleRate);
    next += (double) silence / sampleRate;
    return silence;
  }

  /** How long all pieces so far last, with the silence between them. */
  double seconds() {
    return next;
  }

  /** Goes on by the samples of a piece. */
  void add(long samples, int sampleRate) {
    next += (double) samples / sampleRate;
  }
}
