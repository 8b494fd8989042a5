package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** The one array that is carried from a denoising step to the next; each replaces the last. */
final class CarriedArray {
  private final NDManager owner;
  private NDArray array;

  /** Empty at first; closing the owner closes what is carried. */
  CarriedArray(NDManager owner) {
    this.owner = owner;
  }

  /** The array last carried here, or null. */
  NDArray get() {
    return array;
  }

  /** Takes the array from its manager and closes the one carried before. */
  void replace(NDArray next) {
    if (array != null) {
      array.close();
    }
    next.attach(owner);
    array = next;
  }
}
