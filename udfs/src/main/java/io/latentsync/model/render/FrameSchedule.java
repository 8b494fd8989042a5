package io.latentsync.model.render;

import java.io.Serializable;

/**
 * Which source frame stands at each frame of the dubbed video, both at one rate. The speech decides
 * the length. A video that is longer is cut; a shorter one is played forward, backward, forward, …,
 * the frames at both ends shown twice, as the reference implementation does.
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
          "A play order needs at least one frame, got %d of source for %d"
              .formatted(sourceFrames, frames));
    }
  }

  /** The source frame (0-based) shown at a frame (0-based) of the dubbed video. */
  public int source(int frame) {
    int position = frame % sourceFrames;
    boolean forward = frame / sourceFrames % 2 == 0;
    return forward ? position : sourceFrames - 1 - position;
  }

  /** How many of the source's first frames are shown at all. */
  public int framesUsed() {
    return Math.min(sourceFrames, frames);
  }
}
