package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SyncReportTest {
  private static final int FRAMES = 96;
  private static final int SEGMENT = 32;

  private final float[] speech = new float[FRAMES];

  SyncReportTest() {
    Random random = new Random(1);
    for (int t = 0; t < FRAMES; t++) {
      speech[t] = random.nextFloat();
    }
  }

  /**
   * A segment whose mouth is late by some frames; the last segment has no mouth in its first 4
   * frames.
   */
  private SegmentMetrics segment(int first, int lag, float gain) {
    List<Float> openings = new ArrayList<>();
    for (int t = first; t < first + SEGMENT; t++) {
      boolean away = first == 2 * SEGMENT && t < first + 4;
      openings.add(away ? Float.NaN : gain * speech[Math.max(0, t - lag)]);
    }
    return new SegmentMetrics(
        first, SEGMENT, SEGMENT, openings, 0, 0, 0, 0, 1.0, 1L, 0, "", false, 0, 0);
  }

  @Test
  void theReportGivesTheVideoTheWorstSegmentAndTheFramesWithoutAMouth() {
    SyncReport report =
        SyncReport.of(
                List.of(segment(64, 1, 0.2f), segment(0, 1, 0.2f), segment(32, 9, 0.2f)),
                0,
                speech,
                FrameRate.REFERENCE)
            .orElseThrow();
    assertThat(report.frames()).isEqualTo(96);
    assertThat(report.mouths()).isEqualTo(92);
    assertThat(report.video().orElseThrow().lag()).isEqualTo(1);
    assertThat(report.segments())
        .extracting(segment -> segment.range().first(), segment -> segment.measure().lag())
        .containsExactlyInAnyOrder(tuple(0, 1), tuple(32, 9), tuple(64, 1));
    assertThat(report.text())
        .matches(
            "r -?0\\.\\d\\d at lag 0 \\(0\\.\\d\\d at lag \\+1\\), 4 of 96 frames without a mouth.*");
    assertThat(report.text().lines()).hasSize(1);
  }

  @Test
  void onlyASignificantLagIsShownNextToTheValueAtLagZero() {
    assertThat(SyncReport.text(new SyncMeasure(0, 0.79, 0.79, false)))
        .isEqualTo("r 0.79 at lag 0 (the best lag)");
    assertThat(SyncReport.text(new SyncMeasure(15, 0.47, 0.32, false)))
        .isEqualTo("r 0.32 at lag 0 (no other lag is significant)");
    assertThat(SyncReport.text(new SyncMeasure(-3, 0.81, 0.1, true)))
        .isEqualTo("r 0.10 at lag 0 (0.81 at lag -3)");
  }

  @Test
  void theWorstSegmentHasTheLowestCorrelationAtLagZero() {
    SyncReport report =
        SyncReport.of(
                List.of(segment(0, 0, 0.2f), segment(32, 0, -0.2f), segment(64, 0, 0.2f)),
                0,
                speech,
                FrameRate.REFERENCE)
            .orElseThrow();
    assertThat(report.worst().orElseThrow().range()).isEqualTo(new FrameRange(32, 32));
    assertThat(report.text()).contains("worst segment (frames 32 to 63): r -1.00 at lag 0 (");
  }

  @Test
  void aMouthThatDoesNotMoveIsReportedWithoutAValue() {
    SyncReport report =
        SyncReport.of(
                List.of(segment(0, 0, 0), segment(32, 0, 0), segment(64, 0, 0)),
                0,
                speech,
                FrameRate.REFERENCE)
            .orElseThrow();
    assertThat(report.video()).isEmpty();
    assertThat(report.segments()).isEmpty();
    assertThat(report.text()).startsWith("no value").contains("4 of 96");
  }

  @Test
  void aBuildThatCannotMeasureHasNoReport() {
    assertThat(
            SyncReport.of(
                List.of(
                    new SegmentMetrics(
                        0, 96, 96, List.of(), 0, 0, 0, 0, 1.0, 1L, 0, "", false, 0, 0)),
                0,
                speech,
                FrameRate.REFERENCE))
        .isEmpty();
  }
}
