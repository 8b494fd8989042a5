package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * DPM-Solver++(2M) with the midpoint rule: Lu et al., "DPM-Solver++: Fast Solver for Guided
 * Sampling of Diffusion Probabilistic Models" (2022), algorithm 2. Each step, except the first and
 * the last, also uses the prediction of the step before. Timesteps as in diffusers' "leading"
 * spacing, which divides the schedule by one more than the steps (10 steps: 901, 811, … 91); the
 * last step ends without any noise.
 */
public final class DpmSolver implements Scheduler {
  private final long[] timesteps;

  /** √ᾱ and √(1−ᾱ) before each step and after the last. */
  private final double[] signal;

  private final double[] noisiness;

  /**
   * A solver with a number of steps.
   *
   * @throws IllegalArgumentException if steps is below 1, or so large that the first timestep would
   *     lie beyond the schedule's last (999 of 1000 with an offset of 1)
   */
  public DpmSolver(SchedulerConfig config, int steps) {
    int most = config.numTrainTimesteps() - 1 - config.stepsOffset();
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "DPM-Solver++: steps is " + steps + ", but must be from 1 to " + most);
    }
    timesteps = config.leadingTimesteps(steps, steps + 1, 1);
    float[] alphas = config.alphasCumprod();
    signal = new double[steps + 1];
    noisiness = new double[steps + 1];
    for (int i = 0; i < steps; i++) {
      double alpha = alphas[(int) timesteps[i]];
      signal[i] = Math.sqrt(alpha);
      noisiness[i] = Math.sqrt(1 - alpha);
    }
    signal[steps] = 1;
    noisiness[steps] = 0;
  }

  @Override
  public long[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public Trajectory begin(NDManager manager) {
    return new MultistepTrajectory(manager);
  }

  /** λ: half the logarithm of the signal-to-noise ratio before step i. */
  private double lambda(int i) {
    return Math.log(signal[i] / noisiness[i]);
  }

  private final class MultistepTrajectory implements Trajectory {
    private final StepMemory previousPicture;
    private int next;

    MultistepTrajectory(NDManager manager) {
      previousPicture = new StepMemory(manager);
    }

    @Override
    public NDArray step(NDArray latents, NDArray noise) {
      if (next == timesteps.length) {
        throw new IllegalStateException("DPM-Solver++: all " + next + " steps have been taken");
      }
      int i = next++;
      boolean first = i == 0;
      boolean last = i == timesteps.length - 1;
      NDArray picture = latents.sub(noise.mul((float) noisiness[i])).div((float) signal[i]);
      if (last) {
        // h is infinite: the result is the predicted picture.
        return picture;
      }
      double h = lambda(i + 1) - lambda(i);
      NDArray target = picture;
      if (!first) {
        double r = (lambda(i) - lambda(i - 1)) / h;
        target = picture.add(picture.sub(previousPicture.get()).mul((float) (0.5 / r)));
      }
      NDArray result =
          latents
              .mul((float) (noisiness[i + 1] / noisiness[i]))
              .sub(target.mul((float) (signal[i + 1] * Math.expm1(-h))));
      previousPicture.replace(picture);
      return result;
    }
  }
}
