package io.latentsync.diffusion;

import java.util.Random;

/**
 * Noise that a 64-bit seed determines.
 *
 * <p>Each noise array comes from its own {@link Random}. Java's specification defines the algorithm
 * of that class, including {@code nextGaussian}, so all Java versions give the same bits on all
 * machines. Torch's generators differ between devices, and the algorithms of {@code
 * java.util.random} may change. The seed of a generator is a hash of (seed, purpose, frame),
 * because similar seeds would give similar streams.
 *
 * @param seed any value
 */
public record SeededNoise(long seed) implements Noise {
  private static final long INITIAL = 0;

  @Override
  public float[] initial(int size) {
    return gaussian(INITIAL, 0, size);
  }

  @Override
  public float[] posterior(Purpose purpose, long frame, int size) {
    // Not the ordinal: a new purpose must not change the noise of existing ones.
    long code =
        switch (purpose) {
          case MASKED -> 1;
          case REFERENCE -> 2;
        };
    return gaussian(code, frame, size);
  }

  private float[] gaussian(long purpose, long frame, int size) {
    Random random = new Random(mix(mix(mix(seed) + purpose) + frame));
    float[] values = new float[size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
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
