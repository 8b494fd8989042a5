package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.train.head.Seeds;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * The initial weights: PyTorch's defaults for convolutions and linear layers (uniform within
 * ±1/√(fan in)), zero biases, norms with weight 1, and zeros in layers that end a branch which
 * starts as the identity.
 */
final class InitialWeights {
  /** The motion modules' last layers ({@code zero_initialize} of the reference's configs). */
  private static final Pattern ZERO =
      Pattern.compile(".*\\.motion_modules\\.\\d+\\.temporal_transformer\\.proj_out\\..*");

  private InitialWeights() {}

  /** The values of a tensor; its name seeds them. */
  static NDArray of(NDManager manager, String name, long[] sizes, long seed) {
    Shape shape = new Shape(sizes);
    if (ZERO.matcher(name).matches() || name.endsWith(".bias")) {
      return manager.zeros(shape);
    }
    if (sizes.length == 1) {
      return manager.ones(shape);
    }
    Random random = Seeds.random(seed, name);
    double bound = 1 / Math.sqrt((double) shape.size() / sizes[0]);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    return manager.create(values, shape);
  }
}
