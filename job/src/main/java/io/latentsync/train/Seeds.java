package io.latentsync.train;

import java.util.Random;

/** Random numbers as a function of what they are for, never of how many were drawn before. */
final class Seeds {
  private Seeds() {}

  /** The generator for the given step of a training. */
  static Random of(long seed, long step) {
    return new Random(mix(mix(seed) + step));
  }

  /** SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
