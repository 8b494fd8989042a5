package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * The same guidance in every step: u + scale·(c − u).
 *
 * @param scale weight of the difference; no guidance up to 1
 */
record FixedGuidance(double scale) implements Guidance {

  @Override
  public boolean needsUnconditional() {
    return scale > 1;
  }

  @Override
  public NDArray guide(NDArray unconditional, NDArray conditional) {
    return unconditional.add(conditional.sub(unconditional).mul((float) scale));
  }
}
