package io.latentsync.audio;

/**
 * Which whisper features belong to which video frame, at 25 frames and 50 feature rows a second
 * (the reference implementation's {@code Audio2Feature}).
 *
 * @param samples length of the track, 16 kHz
 */
public record FeatureWindows(long samples) {
  /** Feature rows of a whisper window: 30 s. */
  public static final int WINDOW_ROWS = LogMel.WINDOW_COLUMNS / 2;

  /** Feature rows that a frame hears: 200 ms. */
  public static final int FRAME_ROWS = 10;

  /** Feature rows from one frame to the next. */
  public static final int ROWS_PER_FRAME = 2;

  /** Feature rows that a frame hears before its centre. */
  public static final int ROWS_BEFORE = 4;

  /** Refuses a negative length. */
  public FeatureWindows {
    if (samples < 0) {
      throw new IllegalArgumentException("samples: " + samples + " is negative");
    }
  }

  /** Feature rows of the whole track: one for every two columns of the spectrogram. */
  public long rows() {
    return LogMel.columns(samples) / 2;
  }

  /**
   * Frames that the track asks for. The reference appends frames until one is centred behind the
   * last row, that one included: two more than the rows alone would give.
   */
  public long frames() {
    return rows() / ROWS_PER_FRAME + 2;
  }

  /**
   * The rows that a frame hears, four before to five after its centre; those before the first or
   * after the last row are that row.
   *
   * @param frame from 0; frames behind the last hear the last row only
   */
  public long[] rowsOf(long frame) {
    if (frame < 0) {
      throw new IndexOutOfBoundsException("frame " + frame + " is negative");
    }
    long last = Math.max(0, rows() - 1);
    long[] rows = new long[FRAME_ROWS];
    for (int i = 0; i < FRAME_ROWS; i++) {
      rows[i] = Math.max(0, Math.min(frame * ROWS_PER_FRAME - ROWS_BEFORE + i, last));
    }
    return rows;
  }
}
