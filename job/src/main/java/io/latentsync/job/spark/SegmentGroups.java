package io.latentsync.job.spark;

import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Which segments one task renders, one after another with the same decoder and models. Files stay
 * those of the segments, so what comes out does not depend on the groups, and a task that is tried
 * again finds what it had finished.
 *
 * <p>Guided self-scheduling (Polychronopoulos and Kuck, 1987): tasks start in order, each with a
 * share of what is left, so that the last are short and no executor waits long for another.
 */
public final class SegmentGroups {
  /** What a task is to take, so that starting it costs little and losing it not much. */
  static final double TASK_SECONDS = 120;

  private static final int SHARES_PER_SLOT = 2;

  private final int slots;
  private double seconds;
  private long frames;

  /**
   * Without experience yet. For several threads.
   *
   * @param slots how many tasks of a request run at once, at least 1
   */
  public SegmentGroups(int slots) {
    this.slots = slots;
  }

  /** Learns from segments that have been rendered, now or before, what a frame takes. */
  public synchronized void learn(List<SegmentMetrics> rendered) {
    for (SegmentMetrics segment : rendered) {
      seconds += segment.getSeconds();
      frames += segment.getFrames();
    }
  }

  /** Groups the segments of a request by the experience of those before it. */
  public synchronized List<List<FrameRange>> of(List<FrameRange> segments) {
    return of(segments, frames == 0 ? 0 : seconds / frames, slots);
  }

  /**
   * Groups the segments, in order.
   *
   * @param secondsPerFrame what rendering a frame takes, by experience; 0 if there is none, then
   *     each segment is a group
   * @param slots how many tasks run at once, at least 1
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
