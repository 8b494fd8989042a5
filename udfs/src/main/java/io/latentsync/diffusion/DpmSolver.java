package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * DPM-Solver++(2M) with the midpoint rule: Lu et al., "DPM-Solver++: Fast Solver for Guided
 * Sampling of Diffusion Probabilistic Models" (2022), algorithm 2. Each step, except the first and
 * the last, also uses the prediction of the previous step. The timesteps have diffusers' "leading"
 * spacing, which divides the schedule by the number of steps plus one (10 steps: 901, 811, … 91).
 * The last step removes all noise.
 */
public final class DpmSolver implements Scheduler {
  private final long[] timesteps;

  /** √ᾱ and √(1−ᾱ) before each step and after the last. */
  private final double[] signal;

  private final double[] noisiness;

  /**
   * Creates a solver with a number of steps.
   *
   * @throws IllegalArgumentException if steps is less than 1, or so large that the first timestep
   *     would be outside the schedule (999 or more for 1000 training timesteps and an offset of 1)
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
  public DoubleStream numbers() {
    return IntStream.range(0, timesteps.length)
        .mapToObj(
            i ->
                i == timesteps.length - 1
                    ? DoubleStream.of(noisiness[i], signal[i])
                    : DoubleStream.of(
                        noisiness[i],
                        signal[i],
                        extrapolation(i),
                        noisiness[i + 1] / noisiness[i],
                        pictureWeight(i)))
        .flatMapToDouble(Function.identity());
  }

  @Override
  public Trajectory begin(NDManager manager, DeviceNumbers numbers) {
    return new MultistepTrajectory(manager, numbers);
  }

  /** The increase of λ in step i; infinite in the last step. */
  private double h(int i) {
    return lambda(i + 1) - lambda(i);
  }

  /**
   * 1/(2r), the weight of the extrapolation in step i from the previous step's picture; 0 in the
   * first step.
   */
  private double extrapolation(int i) {
    return i == 0 ? 0 : 0.5 / ((lambda(i) - lambda(i - 1)) / h(i));
  }

  private double pictureWeight(int i) {
    return signal[i + 1] * Math.expm1(-h(i));
  }

  /** λ: half the logarithm of the signal-to-noise ratio before step i. */
  private double lambda(int i) {
    return Math.log(signal[i] / noisiness[i]);
  }

  private final class MultistepTrajectory implements Trajectory {
    private final StepMemory previousPicture;
    private final DeviceNumbers numbers;
    private int next;

    MultistepTrajectory(NDManager manager, DeviceNumbers numbers) {
      previousPicture = new StepMemory(manager);
      this.numbers = numbers;
    }

    @Override
    public NDArray step(NDArray latents, NDArray noise) {
      if (next == timesteps.length) {
        throw new IllegalStateException("DPM-Solver++: all " + next + " steps have been taken");
      }
      int i = next++;
      boolean first = i == 0;
      boolean last = i == timesteps.length - 1;
      NDArray picture = latents.sub(noise.mul(numbers.of(noisiness[i]))).div(numbers.of(signal[i]));
      if (last) {
        // h is infinite: the result is the predicted picture.
        return picture;
      }
      NDArray target = picture;
      if (!first) {
        target = picture.add(picture.sub(previousPicture.get()).mul(numbers.of(extrapolation(i))));
      }
      NDArray result =
          latents
              .mul(numbers.of(noisiness[i + 1] / noisiness[i]))
              .sub(target.mul(numbers.of(pictureWeight(i))));
      previousPicture.replace(picture);
      return result;
    }
  }
}
