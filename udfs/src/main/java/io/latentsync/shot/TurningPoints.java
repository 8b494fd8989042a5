package io.latentsync.shot;

import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.List;

/**
 * Where a video turns that is played forward and backward: at its stillest frames within a second
 * of its ends, so that no motion is reversed in the middle of a gesture or a word, and not at a
 * cut.
 */
public final class TurningPoints {
  /** How far from an end, in milliseconds; at most a quarter of the video. */
  private static final int REACH = 1000;

  /** The frames before and after a turning point whose motion counts. */
  private static final int NEAR = 2;

  /** Motion that is not visible, in luma levels per frame. */
  private static final double STILL = 0.5;

  /** An end with less than this times the motion of the stillest frame is not moved. */
  private static final double RATIO = 2;

  private TurningPoints() {}

  /**
   * The part between the turning points. An end at which nothing moves, or not twice as much as at
   * the stillest frame, stays.
   *
   * @param frames all frames of the video in order, at least 1
   */
  public static FrameRange of(List<LumaBlocks> frames, FrameRate rate) {
    double[] steps = ShotDetector.steps(frames);
    int reach = Math.min(rate.framesIn(REACH), frames.size() / 4);
    int first = stillest(steps, 0, reach, 1);
    int last = stillest(steps, frames.size() - 1, reach, -1);
    return new FrameRange(first, last - first + 1);
  }

  /** The stillest frame from an end on; of equal ones, the one nearest to the end. */
  private static int stillest(double[] steps, int end, int reach, int direction) {
    int best = end;
    for (int i = 1; i <= reach; i++) {
      int frame = end + direction * i;
      if (motion(steps, frame) < motion(steps, best)) {
        best = frame;
      }
    }
    double atEnd = motion(steps, end);
    return atEnd > STILL && atEnd > RATIO * motion(steps, best) ? best : end;
  }

  /** The mean distance of the frames around a frame. */
  private static double motion(double[] steps, int frame) {
    double sum = 0;
    int count = 0;
    for (int i = frame - NEAR + 1; i <= frame + NEAR; i++) {
      if (i > 0 && i < steps.length) {
        sum += steps[i];
        count++;
      }
    }
    return count == 0 ? 0 : sum / count;
  }
}
