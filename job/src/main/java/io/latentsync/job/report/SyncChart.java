package io.latentsync.job.report;

import io.latentsync.model.sync.SyncReport;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.SyncNetResult;
import io.latentsync.record.SyncResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A chart of the sync over the time of a video: a bar for each segment, with its correlation at lag
 * 0, from −1 to 1. A segment without a measurement has a gap instead of a bar.
 *
 * @param bars in order
 * @param gaps parts without a measurement, in order; adjacent segments are one gap
 * @param ticks ticks of the time axis
 */
record SyncChart(List<Bar> bars, List<Gap> gaps, List<Tick> ticks) {
  /** Left edge of the plot; the numbers of the axis are left of it. */
  static final int LEFT = 34;

  /** Width of the drawing. */
  static final int WIDTH = 1100;

  /** The height of a bar for a correlation of ±1. */
  static final int UNIT = 96;

  /** Distance of the zero line from the top. */
  static final int ZERO = 104;

  private static final int PLOT = WIDTH - LEFT - 12;

  /** Maximum width of a bar, for short videos. */
  private static final int WIDEST_BAR = 90;

  /** Minimum distance of ticks, which leaves space for their numbers. */
  private static final int NARROWEST_TICK = 70;

  /** Possible distances of ticks, in seconds. */
  private static final int[] STEPS = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600};

  /**
   * The bar of a segment.
   *
   * @param x left edge
   * @param y upper edge
   * @param kind {@code good}, {@code bad} (negative) or {@code low} (below {@code --min_sync})
   * @param text tooltip
   */
  record Bar(double x, double y, double width, double height, String kind, String text) {}

  /**
   * A part without a measurement.
   *
   * @param x left edge
   * @param text tooltip
   */
  record Gap(double x, double width, String text) {}

  /**
   * A tick of the time axis.
   *
   * @param seconds from the beginning
   */
  record Tick(double x, int seconds) {}

  /**
   * Draws the chart.
   *
   * @param segments segments of the whole video, in order, at least one
   * @param frameRate frames per second
   */
  static SyncChart of(List<SegmentResult> segments, double frameRate) {
    int frames = segments.stream().mapToInt(SegmentResult::getFrames).sum();
    double perFrame = Math.min(PLOT, WIDEST_BAR * segments.size()) / (double) frames;
    List<Bar> bars = new ArrayList<>();
    List<Gap> gaps = new ArrayList<>();
    for (SegmentResult segment : segments) {
      double x = LEFT + perFrame * segment.getFirstFrame();
      double slot = perFrame * segment.getFrames();
      SyncResult sync = segment.getSync();
      if (sync != null) {
        // Space between neighbours, if there is room.
        bars.add(bar(segment, sync, x, Math.max(0.75 * slot, slot - 2)));
      } else if (!gaps.isEmpty() && endsAt(gaps.get(gaps.size() - 1), x)) {
        Gap before = gaps.remove(gaps.size() - 1);
        gaps.add(
            new Gap(before.x(), before.width() + slot, before.text() + "\n" + gapText(segment)));
      } else {
        gaps.add(new Gap(x, slot, gapText(segment)));
      }
    }
    return new SyncChart(bars, gaps, ticks(frames / frameRate, perFrame * frameRate));
  }

  private static boolean endsAt(Gap gap, double x) {
    return Math.abs(gap.x() + gap.width() - x) < 1e-6;
  }

  private static String gapText(SegmentResult segment) {
    return text(segment, "not measured");
  }

  private static List<Tick> ticks(double seconds, double perSecond) {
    double fewest = NARROWEST_TICK / perSecond;
    int step =
        Arrays.stream(STEPS)
            .filter(candidate -> candidate >= fewest)
            .findFirst()
            .orElse((int) Math.ceil(fewest));
    List<Tick> ticks = new ArrayList<>();
    for (int time = 0; time <= seconds; time += step) {
      ticks.add(new Tick(LEFT + perSecond * time, time));
    }
    return ticks;
  }

  /** The y coordinate of a correlation, from the top. */
  static double y(double correlation) {
    return ZERO - UNIT * correlation;
  }

  private static Bar bar(SegmentResult segment, SyncResult sync, double x, double width) {
    double r = sync.getCorrelationInPlace();
    double height = Math.max(1, UNIT * Math.abs(r));
    // Results of earlier versions do not contain the lag's significance; the lag is shown.
    boolean significant = sync.getLag() != 0 && !Boolean.FALSE.equals(sync.getSignificant());
    String measure = SyncReport.text(r, sync.getCorrelation(), sync.getLag(), significant);
    return new Bar(
        x,
        r >= 0 ? ZERO - height : ZERO,
        width,
        height,
        low(segment, r >= 0 ? "good" : "bad"),
        text(segment, measure));
  }

  private static String low(SegmentResult segment, String otherwise) {
    return segment.getBelowMinSync() ? "low" : otherwise;
  }

  private static String text(SegmentResult segment, String measure) {
    SyncNetResult syncNet = segment.getSyncNet();
    return String.format(
        Locale.ROOT,
        "frames %d to %d: %s%s%s; %s",
        segment.getFirstFrame(),
        segment.getFirstFrame() + segment.getFrames() - 1,
        measure,
        syncNet == null
            ? ""
            : String.format(
                Locale.ROOT,
                ", Sync-C %.2f, offset %+d",
                syncNet.getConfidence(),
                syncNet.getOffset()),
        segment.getBelowMinSync() ? ", below --min_sync" : "",
        segment.getReused()
            ? "reused"
            : String.format(Locale.ROOT, "rendered in %.1f s", segment.getSeconds())
                + (segment.getAttempt() > 0 ? ", attempt " + (segment.getAttempt() + 1) : ""));
  }
}
