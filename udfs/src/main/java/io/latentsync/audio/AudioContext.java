package io.latentsync.audio;

/**
 * The speech that a frame is conditioned on, in frames at 25 fps around its own: {@code
 * audio_feat_length} of the original's configuration. It must be the context that the denoiser was
 * trained with.
 *
 * @param before frames before the frame itself, at least 0
 * @param after frames after the frame itself, at least 0
 */
public record AudioContext(int before, int after) {
  /** Feature rows from one frame to the next at 25 fps. */
  public static final int ROWS_PER_FRAME = 2;

  /** The context of the published checkpoints: 200 ms. */
  public static final AudioContext REFERENCE = new AudioContext(2, 2);

  /** Refuses negative numbers. */
  public AudioContext {
    if (before < 0 || after < 0) {
      throw new IllegalArgumentException(
          "audio context: [%d, %d] must not be negative".formatted(before, after));
    }
  }

  /** Feature rows before that of the frame's start. */
  public int rowsBefore() {
    return before * ROWS_PER_FRAME;
  }

  /** Feature rows that a frame is conditioned on. */
  public int rows() {
    return (before + 1 + after) * ROWS_PER_FRAME;
  }
}
