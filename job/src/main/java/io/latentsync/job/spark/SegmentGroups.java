package io.latentsync.job.spark;

import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Groups segments into tasks. A task renders its segments one after another with the same decoder
 * and models. Each segment still has its own file, so the output does not depend on the groups, and
 * a retried task finds its finished segments.
 *
 * <p>Guided self-scheduling (Polychronopoulos and Kuck, 1987): tasks start in order, each with a
 * share of the remaining segments, so that the last tasks are short and no executor waits long for
 * another.
 */
public final class SegmentGroups {
  /**
   * Target duration of a task: long compared with its start, but so short that a lost task costs
   * little.
   */
  static final double TASK_SECONDS = 120;

  private static final int SHARES_PER_SLOT = 2;

  private final int slots;
  private double seconds;
  private long frames;

  /**
   * Creates groups without measurements. Thread-safe.
   *
   * @param slots maximum number of simultaneous tasks of a request, at least 1
   */
  public SegmentGroups(int slots) {
    this.slots = slots;
  }

  /** Records the time per frame of rendered segments. */
  public synchronized void learn(List<SegmentMetrics> rendered) {
    for (SegmentMetrics segment : rendered) {
      seconds += segment.getSeconds();
      frames += segment.getFrames();
    }
  }

  /** Groups the segments of a request by the times recorded so far. */
  public synchronized List<List<FrameRange>> of(List<FrameRange> segments) {
    return of(segments, frames == 0 ? 0 : seconds / frames, slots);
  }

  /**
   * Groups the segments, in order.
   *
   * @param secondsPerFrame measured seconds per frame; 0: unknown, each segment is a group
   * @param slots number of simultaneous tasks, at least 1
   */
  public static List<List<FrameRange>> of(
      List<FrameRange> segments, double secondsPerFrame, int slots) {
    List<List<FrameRange>> groups = new ArrayList<>();
    double left = segments.stream().mapToInt(FrameRange::frames).sum() * secondsPerFrame;
    for (int next = 0; next < segments.size(); ) {
      double share = Math.min(TASK_SECONDS, left / (SHARES_PER_SLOT * slots));
      List<FrameRange> group = new ArrayList<>();
      double seconds = 0;
      do {
        double segment = segments.get(next).frames() * secondsPerFrame;
        group.add(segments.get(next++));
        seconds += segment;
      } while (next < segments.size()
          && secondsPerFrame > 0
          && seconds + segments.get(next).frames() * secondsPerFrame <= share);
      groups.add(List.copyOf(group));
      left -= seconds;
    }
    return groups;
  }
}
