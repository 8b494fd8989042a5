package io.latentsync.job.stage;

import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.staging.Attempt;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.record.SegmentMetrics;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An attempt that is in staging.
 *
 * @param attempt what was rendered
 * @param metrics what it took
 * @param sync how the mouth goes with the speech; empty if that could not be measured
 * @param distances SyncNet's, by window and shift; none without SyncNet or where no face is seen
 */
public record ScoredAttempt(
    Attempt attempt, SegmentMetrics metrics, Optional<SyncMeasure> sync, float[][] distances) {

  /** SyncNet's score of the attempt by itself. */
  public Optional<SyncNetScore> score() {
    return distances.length == 0 ? Optional.empty() : Optional.of(SyncNetScore.of(distances));
  }

  /** The value that attempts are compared by; empty if there is none. */
  public OptionalDouble value(SyncOptions options) {
    return options.value(sync, score());
  }
}
