package io.latentsync.job.request;

import io.latentsync.job.storage.Location;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.SyncScale;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Options of the sync scores. Each segment is scored separately, because a segment can be rendered
 * again; a score needs at least one second.
 *
 * @param minSync the minimum score of a segment, on the {@link #scale}; −∞ if there is no minimum
 * @param retryGuidance guidance scales of further attempts. A segment below the minimum is rendered
 *     with one after the other until it reaches the minimum
 * @param syncNet path of SyncNet's checkpoint, see {@link #network}
 */
public record SyncOptions(double minSync, List<Double> retryGuidance, String syncNet)
    implements Serializable {
  /** The defaults of the command line. */
  public static final SyncOptions DEFAULT =
      new SyncOptions(Double.NEGATIVE_INFINITY, List.of(), "");

  /** SyncNet's checkpoint; empty if the score is the correlation. */
  public Optional<Location> network() {
    return Optional.of(syncNet).filter(name -> !name.isEmpty()).map(Location::new);
  }

  /** The scale of the scores. */
  public SyncScale scale() {
    return network().isPresent() ? SyncScale.confidence : SyncScale.correlation;
  }

  /** Whether segments have a minimum score. */
  public boolean hasMinimum() {
    return minSync > Double.NEGATIVE_INFINITY;
  }

  /** Whether the output depends on these options. */
  public boolean changesOutput() {
    return hasMinimum() && !retryGuidance.isEmpty();
  }

  /**
   * The score: SyncNet's confidence if a checkpoint is given, else the correlation at lag 0,
   * because a viewer sees the video without a shift.
   */
  public OptionalDouble value(Optional<SyncMeasure> sync, Optional<SyncNetScore> score) {
    if (scale() == SyncScale.confidence) {
      return score
          .map(found -> OptionalDouble.of(found.confidence()))
          .orElse(OptionalDouble.empty());
    }
    return sync.map(found -> OptionalDouble.of(found.correlationInPlace()))
        .orElse(OptionalDouble.empty());
  }

  /** The score of a segment in the results of an earlier run, on this scale. */
  public OptionalDouble value(SegmentResult segment) {
    if (scale() == SyncScale.confidence) {
      return segment.getSyncNet() == null
          ? OptionalDouble.empty()
          : OptionalDouble.of(segment.getSyncNet().getConfidence());
    }
    return segment.getSync() == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(segment.getSync().getCorrelationInPlace());
  }

  /** Whether a score is below the minimum; a segment without a score is not. */
  public boolean below(OptionalDouble value) {
    return value.isPresent() && value.getAsDouble() < minSync;
  }

  /** The minimum and its scale, such as {@code 0.30 (correlation at lag 0)}. */
  public String text() {
    return text(minSync, scale());
  }

  /** A minimum and its scale, such as {@code 0.30 (correlation at lag 0)}. */
  public static String text(double minSync, SyncScale scale) {
    return String.format(
        Locale.ROOT,
        "%s (%s)",
        number(minSync),
        scale == SyncScale.confidence ? "Sync-C" : "correlation at lag 0");
  }

  /** Formats all decimals of a number, and at least two. */
  private static String number(double value) {
    return Math.abs(value * 100 - Math.rint(value * 100)) < 1e-9
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.valueOf(value);
  }
}
