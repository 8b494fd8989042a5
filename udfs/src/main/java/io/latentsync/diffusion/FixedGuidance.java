package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.stream.DoubleStream;

/**
 * The same guidance in every step: u + scale·(c − u).
 *
 * @param scale weight of the difference; 1 or less: no guidance
 */
record FixedGuidance(double scale) implements Guidance {

  @Override
  public boolean needsUnconditional() {
    return scale > 1;
  }

  @Override
  public DoubleStream numbers() {
    return DoubleStream.of(scale);
  }

  @Override
  public NDArray guide(NDArray unconditional, NDArray conditional, DeviceNumbers numbers) {
    return unconditional.add(conditional.sub(unconditional).mul(numbers.of(scale)));
  }
}
