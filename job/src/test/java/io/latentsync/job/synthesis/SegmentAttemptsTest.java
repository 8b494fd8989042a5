package io.latentsync.job.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.staging.Attempt;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SegmentAttemptsTest {
  private static final FrameRange RANGE = new FrameRange(96, 48);
  private static final SyncOptions CORRELATION = new SyncOptions(0.3, List.of(2.0, 3.0), "");
  private static final SyncOptions CONFIDENCE = new SyncOptions(3, List.of(2.0), "syncnet.model");

  /** NaN: not measured. */
  private static ScoredAttempt attempt(double guidance, double inPlace, float[]... distances) {
    return new ScoredAttempt(
        new Attempt(RANGE, guidance, guidance != 1.5),
        new SegmentMetrics(96, 48, 48, List.of(), 0, 0, 0, 0, 1.0, 1L, 0, "", false, 0, 0),
        Double.isNaN(inPlace)
            ? Optional.empty()
            : Optional.of(new SyncMeasure(3, 0.9, inPlace, true)),
        distances);
  }

  /** Distances of 10 for all shifts but one. */
  private static float[] distances(float atZero) {
    float[] distances = new float[SyncNetScore.SHIFTS];
    Arrays.fill(distances, 10);
    distances[SyncNetScore.MAX_OFFSET] = atZero;
    return distances;
  }

  @Test
  void theAttemptWithTheLargestScoreIsKept() {
    SegmentAttempts attempts =
        new SegmentAttempts(attempt(1.5, 0.1))
            .with(attempt(2, 0.25), CORRELATION)
            .with(attempt(3, 0.2), CORRELATION);
    assertThat(attempts.kept().attempt().guidance()).isEqualTo(2);
    assertThat(attempts.gain(CORRELATION)).isCloseTo(0.15, within(1e-9));
    assertThat(attempts.below(CORRELATION)).isTrue();
    assertThat(attempts.text(CORRELATION))
        .isEqualTo(
            "frames 96 to 143: 0.10 at guidance 1.5, 0.25 at guidance 2.0 (kept), 0.20 at guidance"
                + " 3.0, gain 0.15, below");
  }

  @Test
  void anAttemptWithoutALargerScoreIsNotKept() {
    SegmentAttempts attempts =
        new SegmentAttempts(attempt(1.5, 0.1))
            .with(attempt(2, 0.1), CORRELATION)
            .with(attempt(3, Double.NaN), CORRELATION);
    assertThat(attempts.kept().attempt().again()).isFalse();
    assertThat(attempts.gain(CORRELATION)).isZero();
    assertThat(attempts.text(CORRELATION)).contains("no value at guidance 3.0, gain 0.00");
  }

  @Test
  void aSegmentWithoutAScoreIsNotBelowTheMinimum() {
    assertThat(new SegmentAttempts(attempt(1.5, Double.NaN)).below(CORRELATION)).isFalse();
    assertThat(new SegmentAttempts(attempt(1.5, 0.3)).below(CORRELATION)).isFalse();
    assertThat(new SegmentAttempts(attempt(1.5, 0.299)).below(CORRELATION)).isTrue();
    assertThat(new SegmentAttempts(attempt(1.5, -1)).below(SyncOptions.DEFAULT)).isFalse();
  }

  @Test
  void withSyncNetTheScoreIsItsConfidence() {
    SegmentAttempts attempts =
        new SegmentAttempts(attempt(1.5, 0.9, distances(8), distances(8)))
            .with(attempt(2, -0.9, distances(5), distances(7)), CONFIDENCE);
    assertThat(attempts.kept().attempt().guidance()).isEqualTo(2);
    assertThat(attempts.kept().score().orElseThrow().confidence()).isCloseTo(4, within(1e-6));
    assertThat(attempts.gain(CONFIDENCE)).isCloseTo(2, within(1e-6));
    assertThat(attempts.below(CONFIDENCE)).isFalse();
    assertThat(new SegmentAttempts(attempt(1.5, 0.1)).below(CONFIDENCE))
        .as("no face is seen")
        .isFalse();
  }

  @Test
  void anotherAttemptDiffersOnlyInItsGuidance() {
    SamplerOptions asked = new SamplerOptions(10, 1.5, true, Scheduler.Kind.DPM_SOLVER, 3, 0.2);
    assertThat(asked.withFixedGuidance(2.5))
        .isEqualTo(new SamplerOptions(10, 2.5, false, Scheduler.Kind.DPM_SOLVER, 3, 0.2));
  }
}
