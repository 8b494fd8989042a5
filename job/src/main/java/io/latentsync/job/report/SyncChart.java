package io.latentsync.job.report;

import io.latentsync.model.sync.SyncReport;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.SyncNetResult;
import io.latentsync.record.SyncResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart of the sync along a video: a bar for each segment with its correlation at lag 0, from −1
 * to 1.
 *
 * @param width of the drawing, in pixels
 * @param bars in order
 */
record SyncChart(int width, List<Bar> bars) {
  /** Left edge of the plot; the numbers of the axis are left of it. */
  static final int LEFT = 26;

  /** The height of a bar for a correlation of ±1. */
  static final int UNIT = 44;

  /** Distance of the zero line from the top. */
  static final int ZERO = 52;

  private static final int NARROWEST_PLOT = 180;
  private static final int WIDEST_PLOT = 720;
  private static final int WIDEST_BAR = 36;

  /**
   * The bar of a segment.
   *
   * @param x left edge
   * @param y upper edge
   * @param kind {@code good}, {@code bad} (negative), {@code low} (below {@code --min_sync}) or
   *     {@code none} (no measure: a mark on the zero line)
   * @param text tooltip
   */
  record Bar(double x, double y, double width, double height, String kind, String text) {}

  static SyncChart of(List<SegmentResult> segments) {
    int frames = segments.stream().mapToInt(SegmentResult::getFrames).sum();
    int plot = Math.max(NARROWEST_PLOT, Math.min(WIDEST_PLOT, WIDEST_BAR * segments.size()));
    List<Bar> bars = new ArrayList<>();
    for (SegmentResult segment : segments) {
      double x = LEFT + (double) plot * segment.getFirstFrame() / frames;
      // A gap between neighbours, if there is room.
      double slot = (double) plot * segment.getFrames() / frames;
      bars.add(bar(segment, x, Math.max(0.75 * slot, slot - 2)));
    }
    return new SyncChart(LEFT + plot + 1, bars);
  }

  /** The y coordinate of a correlation, from the top. */
  static double y(double correlation) {
    return ZERO - UNIT * correlation;
  }

  private static Bar bar(SegmentResult segment, double x, double width) {
    SyncResult sync = segment.getSync();
    if (sync == null) {
      return new Bar(x, ZERO - 1.0, width, 2, low(segment, "none"), text(segment, "no measure"));
    }
    double r = sync.getCorrelationInPlace();
    double height = Math.max(1, UNIT * Math.abs(r));
    // Results of earlier versions do not say whether the lag is significant; they show it.
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
            ? "found rendered"
            : String.format(Locale.ROOT, "rendered in %.1f s", segment.getSeconds())
                + (segment.getAttempt() > 0 ? ", attempt " + (segment.getAttempt() + 1) : ""));
  }
}
