package io.latentsync.diffusion;

import java.io.Serializable;

/**
 * Options of the sampling.
 *
 * @param steps number of denoising steps, 2 to 999; in a single DDIM step the network would treat
 *     pure noise as an almost clean picture
 * @param guidanceScale guidance scale; 1 or less: no guidance; above 1 the network runs twice per
 *     step
 * @param dynamicGuidance whether guidance grows, up to 2, where the predictions with and without
 *     speech disagree
 * @param scheduler the solver
 * @param deepCacheInterval every this many steps there is a full step of the network; 0: all steps
 *     are full
 * @param smoothing weight of the previous step's prediction, in [0, 1); 0: off
 */
public record SamplerOptions(
    int steps,
    double guidanceScale,
    boolean dynamicGuidance,
    Scheduler.Kind scheduler,
    int deepCacheInterval,
    double smoothing)
    implements Serializable {

  /** The reference's options: 20 DDIM steps, guidance scale 1.5, no DeepCache, no smoothing. */
  public static final SamplerOptions DEFAULT =
      new SamplerOptions(20, 1.5, false, Scheduler.Kind.DDIM, 0, 0);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the option, its value and the valid values
   */
  public SamplerOptions {
    require(steps >= 2 && steps < 1000, "inference steps", steps, "from 2 to 999");
    require(
        guidanceScale >= 0 && guidanceScale <= 100, "guidance scale", guidanceScale, "0 to 100");
    require(scheduler != null, "scheduler", scheduler, "one of DDIM, DPM_SOLVER");
    require(deepCacheInterval >= 0, "DeepCache interval", deepCacheInterval, "0 (off) or more");
    require(smoothing >= 0 && smoothing < 1, "smoothing", smoothing, "at least 0 and below 1");
  }

  private static void require(boolean holds, String option, Object value, String right) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + value + ", but must be " + right);
    }
  }

  /** These options with another number of steps. */
  public SamplerOptions withSteps(int other) {
    return new SamplerOptions(
        other, guidanceScale, dynamicGuidance, scheduler, deepCacheInterval, smoothing);
  }

  /** These options with another guidance scale, and without dynamic guidance. */
  public SamplerOptions withFixedGuidance(double scale) {
    return new SamplerOptions(steps, scale, false, scheduler, deepCacheInterval, smoothing);
  }

  Guidance guidance() {
    return dynamicGuidance && guidanceScale > 1
        ? new DynamicGuidance(guidanceScale)
        : new FixedGuidance(guidanceScale);
  }

  DeepCache deepCache() {
    return new DeepCache(deepCacheInterval);
  }
}
