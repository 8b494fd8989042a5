package io.latentsync.diffusion;

/**
 * Selects the denoising steps in which the whole UNet runs. In the other steps only its outermost
 * layer runs, with the deep features of the last full step, because these features change little
 * between steps: Ma, Fang, Wang, "DeepCache: Accelerating Diffusion Models for Free" (2024),
 * uniform interval. The first step of a chunk is always a full step.
 *
 * @param interval every {@code interval}-th step is a full step; 0 or 1: all steps are
 */
public record DeepCache(int interval) {

  /** All steps are full steps. */
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

  /** Whether some steps reuse deep features, so that full steps must keep them. */
  public boolean enabled() {
    return interval > 1;
  }

  /**
   * Whether a step is a full step.
   *
   * @param step index of the step, from 0
   */
  public boolean runsInFull(int step) {
    return !enabled() || step % interval == 0;
  }
}
