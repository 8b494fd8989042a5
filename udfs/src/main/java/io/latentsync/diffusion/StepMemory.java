package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** Holds at most one array, which a denoising step keeps for later steps. */
final class StepMemory {
  private final NDManager owner;
  private NDArray array;

  /** Creates an empty memory. Closing the owner closes the array. */
  StepMemory(NDManager owner) {
    this.owner = owner;
  }

  /** The array of the last call of {@link #replace}; null before the first call. */
  NDArray get() {
    return array;
  }

  /** Takes the array over from its manager and closes the previous array. */
  void replace(NDArray next) {
    if (array != null) {
      array.close();
    }
    next.attach(owner);
    array = next;
  }
}
