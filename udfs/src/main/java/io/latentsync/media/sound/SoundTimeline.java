package io.latentsync.media.sound;

/**
 * Maps the samples of a sound track to the file's time: the silence before each decoded piece.
 * Times are in seconds from the file's start.
 */
final class SoundTimeline {
  /** Time stamps are rounded, and those of live streams jitter; a shorter gap is ignored. */
  private static final double JITTER = 0.04;

  /** A longer jump is not a gap: the timestamps have restarted or are wrong. */
  private final double longestHole;

  /** Time of the next sample. */
  private double next;

  /** Offset of the timestamps since they last restarted. */
  private double shift;

  /**
   * A track before its first decoded piece.
   *
   * @param longestHole a jump forwards by more seconds is not a gap
   */
  SoundTimeline(double longestHole) {
    this.longestHole = longestHole;
  }

  /**
   * The silence before the first piece.
   *
   * @param time of the piece after the file's start
   * @param stamp of the piece; the stamps of later pieces are relative to it
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
   * The silence before a later piece.
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

  /**
   * By how many seconds a piece overlaps the one before it; negative if there is a hole.
   *
   * @param stamp of the piece
   */
  double overlap(double stamp) {
    return next - stamp - shift;
  }

  /** Duration of all pieces so far, with the silence between them. */
  double seconds() {
    return next;
  }

  /** Advances by the samples of a piece. */
  void add(long samples, int sampleRate) {
    next += (double) samples / sampleRate;
  }
}
