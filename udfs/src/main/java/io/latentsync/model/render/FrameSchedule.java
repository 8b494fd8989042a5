package io.latentsync.model.render;

import java.io.Serializable;

/**
 * Maps each frame of the dubbed video to a source frame. Both have the same frame rate.
 *
 * @param sourceFrames frames of the source video, at least 1
 * @param speechFrames length of the speech in frames, at least 1
 * @param policy policy for different lengths
 */
public record FrameSchedule(int sourceFrames, int speechFrames, LengthPolicy policy)
    implements Serializable {

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is below 1
   */
  public FrameSchedule {
    if (sourceFrames < 1 || speechFrames < 1) {
      throw new IllegalArgumentException(
          "a schedule needs at least one frame: got %d source frames for %d frames"
              .formatted(sourceFrames, speechFrames));
    }
  }

  /** A schedule with the reference implementation's policy, {@link LengthPolicy#BOUNCE}. */
  public FrameSchedule(int sourceFrames, int speechFrames) {
    this(sourceFrames, speechFrames, LengthPolicy.BOUNCE);
  }

  /** The number of frames of the dubbed video. */
  public int frames() {
    return switch (policy) {
      case BOUNCE, LOOP, HOLD, REMAP -> speechFrames;
      case CUT_OFF -> Math.min(sourceFrames, speechFrames);
      case SILENCE -> Math.max(sourceFrames, speechFrames);
    };
  }

  /** The source frame (0-based) shown at a frame (0-based) of the dubbed video. */
  public int source(int frame) {
    return switch (policy) {
      case BOUNCE, CUT_OFF, SILENCE -> {
        int position = frame % sourceFrames;
        boolean forward = frame / sourceFrames % 2 == 0;
        yield forward ? position : sourceFrames - 1 - position;
      }
      case LOOP -> frame % sourceFrames;
      case HOLD -> Math.min(frame, sourceFrames - 1);
      // The source frame at the time of the frame's centre.
      case REMAP -> (int) ((2L * frame + 1) * sourceFrames / (2L * speechFrames));
    };
  }

  /** The number of source frames from the first one to the last one that is shown. */
  public int framesUsed() {
    return policy == LengthPolicy.REMAP ? sourceFrames : Math.min(sourceFrames, frames());
  }

  /** The playback speed of the source video; 1 is unchanged. */
  public double speed() {
    return policy == LengthPolicy.REMAP ? (double) sourceFrames / speechFrames : 1;
  }

  /** The same schedule for a video with another number of frames. */
  public FrameSchedule withSourceFrames(int count) {
    return new FrameSchedule(count, speechFrames, policy);
  }
}
