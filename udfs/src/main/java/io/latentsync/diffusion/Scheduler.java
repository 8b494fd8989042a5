package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.stream.DoubleStream;

/**
 * Solves the reverse diffusion process in a given number of steps. A scheduler defines the
 * timesteps at which the network predicts, and the update of the latents by a prediction.
 * Schedulers are immutable. A {@link Trajectory} holds the state between steps; there is one for
 * each chunk.
 */
public sealed interface Scheduler permits DdimScheduler, DpmSolver {

  /** The timesteps at which the network predicts, in descending order of noise. */
  long[] timesteps();

  /** The constants that the steps need on the device. */
  DoubleStream numbers();

  /**
   * Begins a trajectory, whose first latents are noise of variance 1.
   *
   * @param manager owner of the state between steps
   * @param numbers contains at least {@link #numbers()}, on the device of the latents
   */
  Trajectory begin(NDManager manager, DeviceNumbers numbers);

  /** The denoising of one chunk's latents. Not for concurrent use. */
  interface Trajectory {

    /**
     * Takes the next step.
     *
     * @param latents the latents at this step's noise level, FLOAT32, any shape
     * @param noise the predicted noise in them, of the same shape and type
     * @return the latents at the next lower level, owned by the manager of {@code latents}
     * @throws IllegalStateException after the last step
     */
    NDArray step(NDArray latents, NDArray noise);
  }

  /** The available solvers. */
  enum Kind {
    /** {@link DdimScheduler}, which the reference uses. */
    DDIM("ddim"),
    /** {@link DpmSolver}, of second order, for few steps. */
    DPM_SOLVER("dpm++");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /**
     * Creates a scheduler of this kind.
     *
     * @throws IllegalArgumentException if the schedule has fewer steps
     */
    public Scheduler create(SchedulerConfig config, int steps) {
      return switch (this) {
        case DDIM -> new DdimScheduler(config, steps);
        case DPM_SOLVER -> new DpmSolver(config, steps);
      };
    }

    /** The name on the command line. */
    @Override
    public String toString() {
      return text;
    }
  }
}
