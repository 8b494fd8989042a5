package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * How much the speech weighs: what is made of the network's prediction without it and with it
 * (classifier-free guidance: Ho, Salimans, 2022).
 */
public interface Guidance {

  /** Whether the network must be asked without the speech as well, which doubles its work. */
  boolean needsUnconditional();

  /**
   * The prediction to go on with.
   *
   * @param unconditional what the network predicts without the speech, [b,4,f,h,w]
   * @param conditional what it predicts with it, of the same shape
   * @return an array of the same shape, owned by the manager of {@code unconditional}
   */
  NDArray guide(NDArray unconditional, NDArray conditional);
}
