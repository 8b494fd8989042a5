package io.latentsync.diffusion;

import java.io.Serializable;

/**
 * Options of the sampling.
 *
 * @param steps denoising steps, from 2 (one DDIM step would treat pure noise as an almost clean
 *     picture) to just under the schedule's training steps
 * @param guidanceScale guidance scale; above 1 the network runs twice per step; up to 1 there is no
 *     guidance
 * @param dynamicGuidance whether guidance grows, up to 2, where the predictions with and without
 *     speech disagree
 * @param scheduler the solver
 * @param deepCacheInterval every this many steps the network runs in full; 0: in all steps
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

  /** The reference's: 20 DDIM steps, guidance 1.5, nothing else. */
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

  /** These options with another fixed guidance. */
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
