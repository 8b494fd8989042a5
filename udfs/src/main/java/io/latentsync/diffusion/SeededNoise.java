package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.TorchArrays;
import java.util.Random;

/**
 * Noise from a 64-bit seed.
 *
 * <p>Each noise has its own {@link Random}, because the specification fixes that class's algorithm,
 * {@code nextGaussian} included: each Java on each machine gives the same bits. Torch's generators
 * differ between devices, and those of {@code java.util.random} are not fixed. The generator's seed
 * is a hash of (seed, purpose, frame), because close seeds would give similar streams.
 *
 * @param seed any value
 */
public record SeededNoise(long seed) implements Noise {
  private static final long INITIAL = 0;

  @Override
  public NDArray initial(NDManager manager, Shape shape) {
    return gaussian(manager, INITIAL, 0, shape);
  }

  @Override
  public NDArray posterior(NDManager manager, Purpose purpose, long frame, Shape shape) {
    // Not the ordinal: a video's noise must not change when a purpose is added.
    long code =
        switch (purpose) {
          case MASKED -> 1;
          case REFERENCE -> 2;
        };
    return gaussian(manager, code, frame, shape);
  }

  private NDArray gaussian(NDManager manager, long purpose, long frame, Shape shape) {
    Random random = new Random(mix(mix(mix(seed) + purpose) + frame));
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TorchArrays.of(manager, values, shape);
  }

  /**
   * A bijection of 64 bits in which every input bit changes every output bit with probability one
   * half: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
   */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
