package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.stream.DoubleStream;

/**
 * Mixes each step's prediction with the smoothed prediction of the previous step: n ← (1 − w)·n +
 * w·n_prev.
 *
 * <p>An object is for one chunk. The original implementation uses a single state for all chunks, so
 * it mixes the first step of a chunk with the last step of the previous chunk if their shapes are
 * equal. An object that is used for several chunks does the same.
 */
final class PredictionSmoothing {
  private final double weight;
  private final DeviceNumbers numbers;
  private final StepMemory previous;

  /**
   * Creates a smoothing that has no previous prediction.
   *
   * @param manager owner of the previous prediction
   * @param weight weight of the previous step's smoothed prediction, in [0, 1); 0: off
   * @param numbers contains at least {@link #numbers(double)} of the weight
   */
  PredictionSmoothing(NDManager manager, double weight, DeviceNumbers numbers) {
    this.weight = weight;
    this.numbers = numbers;
    this.previous = new StepMemory(manager);
  }

  /** The constants of a smoothing with this weight. */
  static DoubleStream numbers(double weight) {
    return DoubleStream.of(weight, rest(weight));
  }

  /** 1 − w, rounded before and after the subtraction, as in the reference's 32-bit arithmetic. */
  private static float rest(double weight) {
    return 1 - (float) weight;
  }

  /** The smoothed prediction, owned by the manager of {@code prediction}. */
  NDArray smooth(NDArray prediction) {
    if (weight == 0) {
      return prediction;
    }
    NDArray last = previous.get();
    NDArray smoothed = prediction;
    if (last != null && last.getShape().equals(prediction.getShape())) {
      smoothed = prediction.mul(numbers.of(rest(weight))).add(last.mul(numbers.of(weight)));
    }
    previous.replace(smoothed.duplicate());
    return smoothed;
  }
}
