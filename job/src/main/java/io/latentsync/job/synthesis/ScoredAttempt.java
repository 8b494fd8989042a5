package io.latentsync.job.synthesis;

import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.staging.Attempt;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.record.SegmentMetrics;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A staged attempt with its scores.
 *
 * @param attempt the attempt
 * @param metrics metrics of the rendering
 * @param sync correlation of mouth and speech, the lowest of several speakers; empty if not
 *     measured
 * @param distances SyncNet's distances by window and shift; empty without SyncNet or if no face is
 *     visible
 */
public record ScoredAttempt(
    Attempt attempt, SegmentMetrics metrics, Optional<SyncMeasure> sync, float[][] distances) {

  /** SyncNet's score of the attempt alone. */
  public Optional<SyncNetScore> score() {
    return distances.length == 0 ? Optional.empty() : Optional.of(SyncNetScore.of(distances));
  }

  /** The sync score by which attempts are compared; empty if not measured. */
  public OptionalDouble value(SyncOptions options) {
    return options.value(sync, score());
  }
}
