package io.latentsync.audio;

import io.latentsync.time.FrameRate;

/**
 * Which whisper features belong to which video frame, at 50 feature rows a second (the reference
 * implementation's {@code Audio2Feature}, which takes the frame rate as a parameter).
 *
 * @param samples length of the track, 16 kHz
 * @param frameRate of the video
 * @param context the speech that a frame is conditioned on
 */
public record FeatureWindows(long samples, FrameRate frameRate, AudioContext context) {
  /** Feature rows of a whisper window: 30 s. */
  public static final int WINDOW_ROWS = LogMel.WINDOW_COLUMNS / 2;

  private static final int ROWS_PER_SECOND = 50;

  /** Of a video at 25 fps, with the audio context of the published checkpoints. */
  public FeatureWindows(long samples) {
    this(samples, FrameRate.REFERENCE);
  }

  /** Heard as the published checkpoints do, which changes neither rows nor frames of the track. */
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
    return LogMel.columns(samples) / 2;
  }

  /**
   * Frames that the track asks for. The reference appends frames until one is centred behind the
   * last row, that one included: at 25 fps two more than the rows alone would give.
   */
  public long frames() {
    return frameRate.frameFrom(rows() + 1, ROWS_PER_SECOND) + 1;
  }

  /**
   * The rows that a frame is conditioned on, with the published checkpoints four before to five
   * after its centre, which is the row that its time falls into; those before the first or after
   * the last row are that row.
   *
   * @param frame from 0; frames behind the last get the last row only
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
