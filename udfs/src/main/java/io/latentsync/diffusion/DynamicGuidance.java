package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * Guidance that grows where the two predictions disagree: u + g·(c − u) with g = clamp(scale·(1 +
 * ½(1 − s)), 1, 2), where s is the cosine similarity of u and c over a whole chunk.
 *
 * @param scale guidance of predictions that agree, above 1
 */
record DynamicGuidance(double scale) implements Guidance {
  private static final int[] ALL_BUT_BATCH = {1, 2, 3, 4};

  @Override
  public boolean needsUnconditional() {
    return true;
  }

  @Override
  public NDArray guide(NDArray unconditional, NDArray conditional) {
    NDArray g = scale(unconditional, conditional);
    return unconditional.add(conditional.sub(unconditional).mul(g));
  }

  /** The guidance of each chunk of a batch, [b,1,1,1,1]. */
  NDArray scale(NDArray unconditional, NDArray conditional) {
    NDArray product = sum(unconditional.mul(conditional));
    NDArray norms = sum(unconditional.square()).mul(sum(conditional.square())).sqrt();
    NDArray similarity = product.div(norms.maximum(1e-8f));
    return similarity.neg().add(1).mul(0.5f).add(1).mul((float) scale).clip(1, 2);
  }

  private static NDArray sum(NDArray array) {
    return array.sum(ALL_BUT_BATCH, true);
  }
}
