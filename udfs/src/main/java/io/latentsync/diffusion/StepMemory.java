package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** The array that a denoising step leaves for later steps. It holds one array at most. */
final class StepMemory {
  private final NDManager owner;
  private NDArray array;

  /** An empty memory; closing the owner closes the array in it. */
  StepMemory(NDManager owner) {
    this.owner = owner;
  }

  /** The array of the last {@link #replace}, or null before the first. */
  NDArray get() {
    return array;
  }

  /** Detaches the array from its manager, keeps it and closes the one kept before. */
  void replace(NDArray next) {
    if (array != null) {
      array.close();
    }
    next.attach(owner);
    array = next;
  }
}
