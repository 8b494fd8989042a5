package io.latentsync.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.time.FrameRate;
import org.junit.jupiter.api.Test;

final class OutputValidationTest {
  /** Matroska rounds timestamps to milliseconds, and a rate is read from them. */
  @Test
  void aRateThatTheContainerRoundsIsTheSame() {
    FrameRate planned = new FrameRate(89743, 2993);
    assertThat(OutputValidation.isSame(planned, new FrameRate(24827, 828), 300)).isTrue();
    assertThat(OutputValidation.isSame(new FrameRate(14999, 500), new FrameRate(30, 1), 300))
        .isTrue();
    assertThat(OutputValidation.isSame(planned, planned, 1_000_000)).isTrue();
  }

  @Test
  void aRateThatMovesTheEndByHalfAFrameIsAnother() {
    assertThat(OutputValidation.isSame(new FrameRate(25, 1), new FrameRate(24, 1), 300)).isFalse();
    assertThat(OutputValidation.isSame(new FrameRate(30, 1), new FrameRate(30_000, 1001), 1000))
        .isFalse();
  }
}
