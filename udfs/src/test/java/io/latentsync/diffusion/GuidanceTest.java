package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceTest {
  private static final Shape SHAPE = new Shape(1, 4, 2, 2, 2);
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void aScaleOfAtMostOneNeedsOnePrediction() {
    assertThat(new FixedGuidance(0).needsUnconditional()).isFalse();
    assertThat(new FixedGuidance(1).needsUnconditional()).isFalse();
    assertThat(dynamic(1).needsUnconditional()).isFalse();
    assertThat(new FixedGuidance(1.01).needsUnconditional()).isTrue();
    assertThat(dynamic(1.5).needsUnconditional()).isTrue();
  }

  @Test
  void fixedGuidanceExtrapolatesTheConditionalPrediction() {
    NDArray u = manager.full(SHAPE, 2f);
    NDArray c = manager.full(SHAPE, 3f);
    assertThat(guide(new FixedGuidance(1.5), u, c).toFloatArray()).containsOnly(3.5f);
  }

  @ParameterizedTest
  @CsvSource({
    // cosine of the angle between the predictions, base scale, expected: scale*(1 + (1 - cos)/2)
    "1, 1.5, 1.5",
    "0.6, 1.5, 1.8",
    "0, 1.2, 1.8",
    "-1, 1.5, 2",
    "1, 3, 2"
  })
  void dynamicGuidanceGrowsWithTheAngleBetweenThePredictions(
      double cosine, double scale, double expected) {
    NDArray u = manager.zeros(SHAPE);
    NDArray c = manager.zeros(SHAPE);
    u.set(new NDIndex(0, 0, 0, 0, 0), 2);
    c.set(new NDIndex(0, 0, 0, 0, 0), 5 * cosine);
    c.set(new NDIndex(0, 3, 1, 1, 1), 5 * Math.sqrt(1 - cosine * cosine));
    DynamicGuidance dynamic = new DynamicGuidance(scale);
    assertThat(
            dynamic
                .scale(u, c, new DeviceNumbers(manager, dynamic.numbers()))
                .getFloat(0, 0, 0, 0, 0))
        .isCloseTo((float) expected, within(1e-5f));
  }

  @Test
  void zeroPredictionsGiveNoNaN() {
    NDArray zero = manager.zeros(SHAPE);
    assertThat(guide(new DynamicGuidance(1.5), zero, zero.duplicate()).toFloatArray())
        .containsOnly(0);
  }

  @Test
  void chunksOfOneBatchAreGuidedIndependently() {
    Guidance guidance = new DynamicGuidance(1.5);
    NDList u = new NDList();
    NDList c = new NDList();
    NDList alone = new NDList();
    for (int i = 0; i < 3; i++) {
      u.add(noise(i));
      c.add(noise(10 + i).add(u.get(i).mul(i)));
      alone.add(guide(guidance, u.get(i), c.get(i)));
    }
    assertThat(guide(guidance, NDArrays.concat(u), NDArrays.concat(c)).toFloatArray())
        .containsExactly(NDArrays.concat(alone).toFloatArray(), within(1e-6f));
  }

  @Test
  void smoothingMixesWithThePreviousSmoothedPrediction() {
    PredictionSmoothing smoothing = smoothing(0.2);
    assertThat(smooth(smoothing, SHAPE, 1)).isEqualTo(1);
    assertThat(smooth(smoothing, SHAPE, 2)).isCloseTo(1.8f, within(1e-6f));
    assertThat(smooth(smoothing, SHAPE, 3)).isCloseTo(2.76f, within(1e-6f));
  }

  @Test
  void smoothingRestartsWhenTheShapeChanges() {
    PredictionSmoothing smoothing = smoothing(0.2);
    Shape shorter = new Shape(1, 4, 1, 2, 2);
    assertThat(smooth(smoothing, SHAPE, 1)).isEqualTo(1);
    assertThat(smooth(smoothing, shorter, 5)).isEqualTo(5);
  }

  @Test
  void weightZeroDisablesSmoothing() {
    PredictionSmoothing smoothing = smoothing(0);
    assertThat(smooth(smoothing, SHAPE, 1)).isEqualTo(1);
    assertThat(smooth(smoothing, SHAPE, 2)).isEqualTo(2);
  }

  private NDArray guide(Guidance guidance, NDArray unconditional, NDArray conditional) {
    return guidance.guide(
        unconditional, conditional, new DeviceNumbers(manager, guidance.numbers()));
  }

  private NDArray noise(long seed) {
    return manager.create(new SeededNoise(seed).initial((int) SHAPE.size()), SHAPE);
  }

  private PredictionSmoothing smoothing(double weight) {
    return new PredictionSmoothing(
        manager, weight, new DeviceNumbers(manager, PredictionSmoothing.numbers(weight)));
  }

  private float smooth(PredictionSmoothing smoothing, Shape shape, float value) {
    try (NDManager step = manager.newSubManager()) {
      return smoothing.smooth(step.full(shape, value)).getFloat(0, 0, 0, 0, 0);
    }
  }

  private static Guidance dynamic(double scale) {
    return new SamplerOptions(20, scale, true, Scheduler.Kind.DDIM, 0, 0).guidance();
  }
}
