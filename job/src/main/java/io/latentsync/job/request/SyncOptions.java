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
 * How well the lips are to follow the speech, and what is done where they do not. What is judged is
 * a segment by itself: it is what can be rendered again, and a second of it at least is needed for
 * a value.
 *
 * @param minSync the value that each segment is to reach, on the {@link #scale}; −∞ if none is
 *     asked for
 * @param retryGuidance the scales of guidance that a segment below it is rendered again at, one
 *     after the other until it reaches the value
 * @param syncNet the name of SyncNet's checkpoint, see {@link #network}
 */
public record SyncOptions(double minSync, List<Double> retryGuidance, String syncNet)
    implements Serializable {
  /** What the command line stands for if nothing is said. */
  public static final SyncOptions DEFAULT =
      new SyncOptions(Double.NEGATIVE_INFINITY, List.of(), "");

  /** SyncNet's checkpoint; empty where the measure without a network is used. */
  public Optional<Location> network() {
    return Optional.of(syncNet).filter(name -> !name.isEmpty()).map(Location::new);
  }

  /** What the values are. */
  public SyncScale scale() {
    return network().isPresent() ? SyncScale.confidence : SyncScale.correlation;
  }

  /** Whether segments are to reach a value. */
  public boolean demanding() {
    return minSync > Double.NEGATIVE_INFINITY;
  }

  /** Whether the output depends on this. */
  public boolean changesOutput() {
    return demanding() && !retryGuidance.isEmpty();
  }

  /**
   * The value of what was measured: SyncNet's confidence if there is SyncNet, else the correlation
   * in place, which is what a viewer gets to see.
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

  /** The value of a segment that an earlier run has measured, on the scale of this. */
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

  /** Whether a value is below the one asked for; one that could not be measured is not. */
  public boolean below(OptionalDouble value) {
    return value.isPresent() && value.getAsDouble() < minSync;
  }

  /** The demand in a few words. */
  public String text() {
    return text(minSync, scale());
  }

  /** A demand in a few words. */
  public static String text(double minSync, SyncScale scale) {
    return String.format(
        Locale.ROOT,
        "%s (%s)",
        number(minSync),
        scale == SyncScale.confidence ? "Sync-C" : "correlation at lag 0");
  }

  /** At least two decimals, and no fewer than the number has. */
  private static String number(double value) {
    return Math.abs(value * 100 - Math.rint(value * 100)) < 1e-9
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.valueOf(value);
  }
}
