package io.latentsync.model.render;

import java.io.Serializable;

/**
 * Maps each frame of the dubbed video to a source frame, both at one rate. The speech determines
 * the length. A longer video is cut; a shorter one is played forward, backward, forward, …, with
 * its first and last frames shown twice, as in the reference implementation.
 *
 * @param sourceFrames frames of the source video, at least 1
 * @param frames frames of the dubbed video, at least 1
 */
public record FrameSchedule(int sourceFrames, int frames) implements Serializable {

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is below 1
   */
  public FrameSchedule {
    if (sourceFrames < 1 || frames < 1) {
      throw new IllegalArgumentException(
          "a schedule needs at least one frame: got %d source frames for %d frames"
              .formatted(sourceFrames, frames));
    }
  }

  /** The source frame (0-based) shown at a frame (0-based) of the dubbed video. */
  public int source(int frame) {
    int position = frame % sourceFrames;
    boolean forward = frame / sourceFrames % 2 == 0;
    return forward ? position : sourceFrames - 1 - position;
  }

  /** The number of source frames that are used, from the first. */
  public int framesUsed() {
    return Math.min(sourceFrames, frames);
  }
}
