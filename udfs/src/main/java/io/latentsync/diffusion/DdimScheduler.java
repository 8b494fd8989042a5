package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Denoising diffusion implicit models, deterministic (η = 0): Song, Meng, Ermon (2021), equation
 * 12, with diffusers' "leading" timesteps. With 20 steps and 1000 training timesteps, they are 951,
 * 901, … 1.
 *
 * <p>With a single step, the only timestep would be 1, and the network would treat pure noise as an
 * almost clean picture. {@link SamplerOptions} therefore refuses a single step.
 */
public final class DdimScheduler implements Scheduler {
  private final long[] timesteps;
  private final List<Step> steps = new ArrayList<>();

  /** √ᾱ and √(1−ᾱ) before a step and after it. */
  private record Step(double signal, double noisiness, double nextSignal, double nextNoisiness) {}

  /**
   * Creates a scheduler with a number of steps.
   *
   * @throws IllegalArgumentException if steps is less than 1, or so large that the first timestep
   *     would be outside the schedule (1000 or more for 1000 training timesteps and an offset of 1)
   */
  public DdimScheduler(SchedulerConfig config, int steps) {
    int most = config.numTrainTimesteps() - config.stepsOffset();
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "DDIM: steps is " + steps + ", but must be from 1 to " + most);
    }
    int spacing = config.numTrainTimesteps() / steps;
    timesteps = config.leadingTimesteps(steps, steps, 0);
    float[] alphas = config.alphasCumprod();
    float finalAlpha = config.setAlphaToOne() ? 1 : alphas[0];
    for (long timestep : timesteps) {
      int previous = (int) timestep - spacing;
      double alpha = alphas[(int) timestep];
      double previousAlpha = previous >= 0 ? alphas[previous] : finalAlpha;
      this.steps.add(
          new Step(
              Math.sqrt(alpha),
              Math.sqrt(1 - alpha),
              Math.sqrt(previousAlpha),
              Math.sqrt(1 - previousAlpha)));
    }
  }

  @Override
  public long[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public DoubleStream numbers() {
    return steps.stream()
        .flatMapToDouble(
            step ->
                DoubleStream.of(
                    step.signal(), step.noisiness(), step.nextSignal(), step.nextNoisiness()));
  }

  @Override
  public Trajectory begin(NDManager manager, DeviceNumbers numbers) {
    return new DdimTrajectory(numbers);
  }

  private final class DdimTrajectory implements Trajectory {
    private final DeviceNumbers numbers;
    private int next;

    DdimTrajectory(DeviceNumbers numbers) {
      this.numbers = numbers;
    }

    @Override
    public NDArray step(NDArray latents, NDArray noise) {
      if (next == timesteps.length) {
        throw new IllegalStateException("DDIM: all " + next + " steps have been taken");
      }
      Step step = steps.get(next++);
      NDArray picture =
          latents.sub(noise.mul(numbers.of(step.noisiness()))).div(numbers.of(step.signal()));
      return picture
          .mul(numbers.of(step.nextSignal()))
          .add(noise.mul(numbers.of(step.nextNoisiness())));
    }
  }
}
