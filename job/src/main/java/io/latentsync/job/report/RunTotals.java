package io.latentsync.job.report;

import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.SegmentResult;
import java.util.List;
import java.util.function.Predicate;

/**
 * The sums of a run.
 *
 * @param dubbed requests whose output exists
 * @param kept dubbed requests whose output is from an earlier run
 * @param low dubbed requests that have segments below {@code --min_sync}
 * @param videoSeconds length of all dubbed videos
 * @param renderedSeconds length of the segments that this run rendered
 * @param computeSeconds total time of the tasks that rendered these segments
 */
public record RunTotals(
    int dubbed,
    int kept,
    int low,
    double videoSeconds,
    double renderedSeconds,
    double computeSeconds) {

  static RunTotals of(List<RequestResult> rows) {
    List<RequestResult> dubbed = rows.stream().filter(RunTotals::isDubbed).toList();
    List<RequestResult> own = dubbed.stream().filter(row -> !isKept(row)).toList();
    return new RunTotals(
        dubbed.size(),
        dubbed.size() - own.size(),
        (int) dubbed.stream().filter(row -> low(row) > 0).count(),
        dubbed.stream().mapToDouble(row -> row.getFrames() / row.getFrameRate()).sum(),
        own.stream().mapToDouble(RunTotals::renderedSeconds).sum(),
        own.stream().mapToDouble(RunTotals::computeSeconds).sum());
  }

  /** The status for the report. */
  static String status(RequestResult row) {
    return row.getKept() && row.getStatus() == RequestStatus.done
        ? "kept"
        : row.getStatus().toString();
  }

  /** Whether the output exists, from this run or an earlier one. */
  static boolean isDubbed(RequestResult row) {
    return List.of("done", "kept").contains(status(row)) && hasVideo(row);
  }

  /**
   * Whether the row describes a dubbed video. The row of a skipped request can describe one, too.
   */
  static boolean hasVideo(RequestResult row) {
    return row.getOutputState() != null && row.getFrames() != null && row.getFrameRate() != null;
  }

  private static boolean isKept(RequestResult row) {
    return status(row).equals("kept");
  }

  /** Number of segments below {@code --min_sync}. */
  static int low(RequestResult row) {
    return count(row, SegmentResult::getBelowMinSync);
  }

  static int count(RequestResult row, Predicate<SegmentResult> condition) {
    return (int) row.getSegments().stream().filter(condition).count();
  }

  private static double renderedSeconds(RequestResult row) {
    return row.getSegments().stream()
            .filter(segment -> !segment.getReused())
            .mapToInt(SegmentResult::getFrames)
            .sum()
        / row.getFrameRate();
  }

  /** Total time of the tasks that rendered a request's segments in this run. */
  static double computeSeconds(RequestResult row) {
    return row.getSegments().stream()
        .filter(segment -> !segment.getReused())
        .mapToDouble(SegmentResult::getSeconds)
        .sum();
  }

  /** Compute time per second of video; NaN if no segment was rendered. */
  double computePerSecond() {
    return renderedSeconds > 0 ? computeSeconds / renderedSeconds : Double.NaN;
  }

  /** Compute time per second of video of one request. */
  static double computePerSecond(RequestResult row) {
    double rendered = hasVideo(row) ? renderedSeconds(row) : 0;
    return rendered > 0 ? computeSeconds(row) / rendered : Double.NaN;
  }
}
