package io.latentsync.audio;

import io.latentsync.time.FrameRate;

/**
 * The whisper feature rows of each video frame, at 50 rows per second (the reference
 * implementation's {@code Audio2Feature}, which takes the frame rate as a parameter).
 *
 * @param samples length of the track, 16 kHz
 * @param frameRate of the video
 * @param context the speech that a frame is conditioned on
 */
public record FeatureWindows(long samples, FrameRate frameRate, AudioContext context) {
  /** Feature rows of a whisper window: 30 s. */
  public static final int WINDOW_ROWS = LogMel.WINDOW_COLUMNS / LogMel.COLUMNS_PER_ROW;

  private static final int ROWS_PER_SECOND = 50;

  /** The rows for a video at 25 fps, with the audio context of the published checkpoints. */
  public FeatureWindows(long samples) {
    this(samples, FrameRate.REFERENCE);
  }

  /**
   * With the audio context of the published checkpoints; the context does not change the numbers of
   * rows and frames.
   */
  public FeatureWindows(long samples, FrameRate frameRate) {
    this(samples, frameRate, AudioContext.REFERENCE);
  }

  /** Refuses a negative length. */
  public FeatureWindows {
    if (samples < 0) {
      throw new IllegalArgumentException("samples: " + samples + " is negative");
    }
  }

  /** Feature rows of the whole track: one for every two columns of the spectrogram. */
  public long rows() {
    return LogMel.columns(samples) / LogMel.COLUMNS_PER_ROW;
  }

  /**
   * The number of video frames for the track. The reference appends frames until the centre of one
   * lies after the last row, and includes that one: at 25 fps, two more frames than the rows cover.
   */
  public long frames() {
    return frameRate.frameFrom(rows() + 1, ROWS_PER_SECOND) + 1;
  }

  /**
   * The rows that a frame is conditioned on. The centre is the row at the frame's time; with the
   * published checkpoints the rows reach from four before to five after it. Rows beyond the track's
   * ends are replaced by its first or last row.
   *
   * @param frame from 0; frames after the last get the last row only
   */
  public long[] rowsOf(long frame) {
    if (frame < 0) {
      throw new IndexOutOfBoundsException("frame " + frame + " is negative");
    }
    long centre = frameRate.tick(frame, ROWS_PER_SECOND);
    long last = Math.max(0, rows() - 1);
    long[] rows = new long[context.rows()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Math.max(0, Math.min(centre - context.rowsBefore() + i, last));
    }
    return rows;
  }
}
