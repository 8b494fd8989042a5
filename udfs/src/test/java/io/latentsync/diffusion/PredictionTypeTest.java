package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PredictionTypeTest {
  private static final double ALPHA = 0.36; // roots: 0.6 and 0.8

  @ParameterizedTest
  @EnumSource
  void aPerfectPredictionGivesTheNoise(PredictionType type) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray sample = manager.create(new float[] {2, -1, 0.5f});
      NDArray noise = manager.create(new float[] {-0.3f, 1, 0});
      NDArray noisy = sample.mul(0.6f).add(noise.mul(0.8f));
      NDArray perfect =
          switch (type) {
            case EPSILON -> noise;
            case SAMPLE -> sample;
            case VELOCITY -> noise.mul(0.6f).sub(sample.mul(0.8f)); // as diffusers defines it
          };
      DeviceNumbers numbers =
          new DeviceNumbers(manager, DoubleStream.concat(DoubleStream.of(1), type.numbers(ALPHA)));
      NDArray predicted = type.noise(perfect, noisy, ALPHA, numbers);
      assertThat(predicted.sub(noise).abs().max().getFloat()).isCloseTo(0, within(1e-6f));
    }
  }

  @Test
  void namesAreThoseOfTheSchedulerConfig() {
    assertThat(PredictionType.of("v_prediction")).isEqualTo(PredictionType.VELOCITY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PredictionType.of("score"))
        .withMessage("prediction_type is score, but must be one of epsilon, sample, v_prediction");
  }
}
