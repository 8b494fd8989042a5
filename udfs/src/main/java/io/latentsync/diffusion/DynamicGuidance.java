package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.stream.DoubleStream;

/**
 * Guidance that grows where the two predictions disagree: u + g·(c − u) with g = clamp(scale·(1 +
 * ½(1 − s)), 1, 2), where s is the cosine similarity of u and c over a whole chunk.
 *
 * @param scale guidance scale for identical predictions, above 1
 */
record DynamicGuidance(double scale) implements Guidance {
  private static final int[] ALL_BUT_BATCH = {1, 2, 3, 4};
  private static final double SMALLEST_NORM = 1e-8;

  @Override
  public boolean needsUnconditional() {
    return true;
  }

  @Override
  public DoubleStream numbers() {
    return DoubleStream.of(scale, SMALLEST_NORM, 0.5, 1, 2);
  }

  @Override
  public NDArray guide(NDArray unconditional, NDArray conditional, DeviceNumbers numbers) {
    NDArray g = scale(unconditional, conditional, numbers);
    return unconditional.add(conditional.sub(unconditional).mul(g));
  }

  /** The guidance scale of each chunk of a batch, [b,1,1,1,1]. */
  NDArray scale(NDArray unconditional, NDArray conditional, DeviceNumbers numbers) {
    NDArray product = sum(unconditional.mul(conditional));
    NDArray norms = sum(unconditional.square()).mul(sum(conditional.square())).sqrt();
    NDArray similarity = product.div(norms.maximum(numbers.of(SMALLEST_NORM)));
    return similarity
        .neg()
        .add(numbers.of(1))
        .mul(numbers.of(0.5))
        .add(numbers.of(1))
        .mul(numbers.of(scale))
        .maximum(numbers.of(1))
        .minimum(numbers.of(2));
  }

  private static NDArray sum(NDArray array) {
    return array.sum(ALL_BUT_BATCH, true);
  }
}
