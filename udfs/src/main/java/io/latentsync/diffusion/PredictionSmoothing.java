package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.stream.DoubleStream;

/**
 * Mixes each step's prediction with the smoothed one of the step before: n ← (1 − w)·n + w·n_prev.
 *
 * <p>One object holds the state of one chunk. The original implementation has a single state, so
 * that a chunk's first step is mixed with the last step of the chunk before if the shapes agree; an
 * object used for several chunks does the same.
 */
final class PredictionSmoothing {
  private final double weight;
  private final DeviceNumbers numbers;
  private final StepMemory previous;

  /**
   * A smoothing without an earlier prediction.
   *
   * @param manager owner of the remembered prediction
   * @param weight weight of the smoothed prediction of the step before, in [0, 1); 0: off
   * @param numbers at least {@link #numbers(double)} of the weight
   */
  PredictionSmoothing(NDManager manager, double weight, DeviceNumbers numbers) {
    this.weight = weight;
    this.numbers = numbers;
    this.previous = new StepMemory(manager);
  }

  /** The numbers that a smoothing computes with. */
  static DoubleStream numbers(double weight) {
    return DoubleStream.of(weight, rest(weight));
  }

  /** Rounded twice, as the reference's 32-bit arithmetic does. */
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
