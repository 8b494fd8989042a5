package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** Holds the array that a denoising step keeps for later steps, at most one. */
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
