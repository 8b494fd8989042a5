package io.latentsync.train.objective;

/**
 * A learning rate that rises linearly, then falls along a half cosine to a tenth of its peak
 * (Loshchilov and Hutter, "SGDR", 2017, without restarts).
 *
 * @param peak above 0
 * @param warmUp steps of the rise, at least 1
 * @param steps of the whole training; afterwards the rate stays at its minimum
 */
public record LearningRate(double peak, long warmUp, long steps) {
  private static final double LOWEST = 0.1;

  public LearningRate {
    if (!(peak > 0)) {
      throw new IllegalArgumentException("learning rate is " + peak + ", but must be above 0");
    }
    if (warmUp < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "warm-up and training are %d and %d steps, but must be at least 1"
              .formatted(warmUp, steps));
    }
  }

  /** The rate of a step, counted from 0. */
  double at(long step) {
    if (step < warmUp) {
      return peak * (step + 1) / warmUp;
    }
    double done = Math.min(1, (double) (step - warmUp) / Math.max(1, steps - warmUp));
    return peak * (LOWEST + (1 - LOWEST) * 0.5 * (1 + Math.cos(Math.PI * done)));
  }
}
