package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerOptionsTest {

  @ParameterizedTest
  @CsvSource({
    "1, 1.5, 0, 0, inference steps is 1",
    "1000, 1.5, 0, 0, inference steps is 1000",
    "20, -0.5, 0, 0, guidance scale is -0.5",
    "20, NaN, 0, 0, guidance scale is NaN",
    "20, 1.5, -1, 0, DeepCache interval is -1",
    "20, 1.5, 0, 1, smoothing is 1.0",
    "20, 1.5, 0, NaN, smoothing is NaN"
  })
  void valueOutsideItsRangeIsRefusedByName(
      int steps, double scale, int interval, double smoothing, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new SamplerOptions(steps, scale, false, Scheduler.Kind.DDIM, interval, smoothing))
        .withMessageContaining(message)
        .withMessageContaining("must be");
  }

  @Test
  void deepCacheRunsInFullOnTheFirstStepOfEveryInterval() {
    DeepCache third = new DeepCache(3);
    for (int step = 0; step < 20; step++) {
      assertThat(third.runsInFull(step)).isEqualTo(step % 3 == 0);
      assertThat(DeepCache.OFF.runsInFull(step)).isTrue();
      assertThat(new DeepCache(1).runsInFull(step)).isTrue();
    }
    assertThat(third.enabled()).isTrue();
    assertThat(new DeepCache(1).enabled()).isFalse();
  }
}
