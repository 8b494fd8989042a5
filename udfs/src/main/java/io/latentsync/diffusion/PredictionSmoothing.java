package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Mixes each step's prediction with the smoothed one of the step before: n ← (1 − w)·n + w·n_prev.
 *
 * <p>One object holds the state of one chunk. The original implementation has a single state, so
 * that a chunk's first step is mixed with the last step of the chunk before if the shapes agree; an
 * object used for several chunks does the same.
 */
final class PredictionSmoothing {
  private final float weight;
  private final StepMemory previous;

  /**
   * A smoothing without an earlier prediction.
   *
   * @param manager owner of the remembered prediction
   * @param weight weight of the smoothed prediction of the step before, in [0, 1); 0: off
   */
  PredictionSmoothing(NDManager manager, double weight) {
    this.weight = (float) weight;
    this.previous = new StepMemory(manager);
  }

  /** The smoothed prediction, owned by the manager of {@code prediction}. */
  NDArray smooth(NDArray prediction) {
    if (weight == 0) {
      return prediction;
    }
    NDArray last = previous.get();
    NDArray smoothed = prediction;
    if (last != null && last.getShape().equals(prediction.getShape())) {
      smoothed = prediction.mul(1 - weight).add(last.mul(weight));
    }
    previous.replace(smoothed.duplicate());
    return smoothed;
  }
}
