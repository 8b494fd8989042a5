package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Denoising diffusion implicit models, deterministic (η = 0): Song, Meng, Ermon (2021), equation
 * 12, with diffusers' "leading" timesteps. 20 steps of 1000 sample at 951, 901, … 1.
 *
 * <p>A single step would have the least noisy timestep and treat pure noise as an almost clean
 * picture; {@link SamplerOptions} refuses it.
 */
public final class DdimScheduler implements Scheduler {
  private final long[] timesteps;
  private final float[] alphas;
  private final float finalAlpha;
  private final int spacing;

  /**
   * A scheduler with a number of steps.
   *
   * @throws IllegalArgumentException if steps is below 1, or so large that the first timestep would
   *     lie beyond the schedule's last (1000 of 1000 with an offset of 1)
   */
  public DdimScheduler(SchedulerConfig config, int steps) {
    int most = config.numTrainTimesteps() - config.stepsOffset();
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "DDIM: steps is " + steps + ", but must be from 1 to " + most);
    }
    spacing = config.numTrainTimesteps() / steps;
    timesteps = config.leadingTimesteps(steps, steps, 0);
    alphas = config.alphasCumprod();
    finalAlpha = config.setAlphaToOne() ? 1 : alphas[0];
  }

  @Override
  public long[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public Trajectory begin(NDManager manager) {
    return new DdimTrajectory();
  }

  private final class DdimTrajectory implements Trajectory {
    private int next;

    @Override
    public NDArray step(NDArray latents, NDArray noise) {
      if (next == timesteps.length) {
        throw new IllegalStateException("DDIM: all " + next + " steps have been taken");
      }
      int timestep = (int) timesteps[next++];
      int previous = timestep - spacing;
      double alpha = alphas[timestep];
      double previousAlpha = previous >= 0 ? alphas[previous] : finalAlpha;
      NDArray picture =
          latents.sub(noise.mul((float) Math.sqrt(1 - alpha))).div((float) Math.sqrt(alpha));
      return picture
          .mul((float) Math.sqrt(previousAlpha))
          .add(noise.mul((float) Math.sqrt(1 - previousAlpha)));
    }
  }
}
