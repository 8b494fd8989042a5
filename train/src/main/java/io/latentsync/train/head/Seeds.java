package io.latentsync.train.head;

import java.util.Random;

/** Random numbers that depend on a seed and on what they are for, and on nothing else. */
public final class Seeds {
  private Seeds() {}

  /** A generator of its own for each purpose; seeds that follow one another give unlike numbers. */
  public static Random random(long seed, String purpose) {
    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    long z = seed + 0x9E3779B97F4A7C15L * (purpose.hashCode() | 1L);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return new Random(z ^ (z >>> 31));
  }
}
