package io.latentsync.diffusion;

/**
 * Selects the denoising steps in which the whole UNet runs; in the others only its outermost layer
 * does: Ma, Fang, Wang, "DeepCache: Accelerating Diffusion Models for Free" (2024), uniform
 * interval. The deep features change little between steps, so those of the last full run are used
 * in the steps between. A chunk's first step always runs in full.
 *
 * @param interval every {@code interval}-th step runs in full; 0 or 1: all steps
 */
public record DeepCache(int interval) {

  /** All steps in full. */
  public static final DeepCache OFF = new DeepCache(0);

  /**
   * Checks the interval.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public DeepCache {
    if (interval < 0) {
      throw new IllegalArgumentException(
          "DeepCache interval is " + interval + ", but must be 0 (off) or more");
    }
  }

  /** Whether any step reuses deep features, so that they must be kept. */
  public boolean enabled() {
    return interval > 1;
  }

  /**
   * Whether a step runs in full.
   *
   * @param step index of the step, from 0
   */
  public boolean runsInFull(int step) {
    return !enabled() || step % interval == 0;
  }
}
