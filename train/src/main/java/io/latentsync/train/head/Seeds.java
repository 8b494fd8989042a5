package io.latentsync.train.head;

import java.util.Random;

/** Random numbers that are a function of a seed and a purpose. */
public final class Seeds {
  private Seeds() {}

  /** A generator for one purpose. Consecutive seeds give unrelated numbers. */
  public static Random random(long seed, String purpose) {
    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    long z = seed + 0x9E3779B97F4A7C15L * (purpose.hashCode() | 1L);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return new Random(z ^ (z >>> 31));
  }
}
