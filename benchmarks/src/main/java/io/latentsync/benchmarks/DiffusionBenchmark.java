package io.latentsync.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.diffusion.DeviceNumbers;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.testing.Formula;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One step of a solver on the latents of a chunk: 16 frames of 4×32×32, FLOAT32. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DiffusionBenchmark {
  private static final long[] SHAPE = {1, 4, 16, 32, 32};
  private static final int STEPS = 20;

  private final Scheduler ddim = scheduler(Scheduler.Kind.DDIM);
  private final Scheduler dpmSolver = scheduler(Scheduler.Kind.DPM_SOLVER);
  private NDManager manager;
  private NDArray latents;
  private NDArray noise;

  private static Scheduler scheduler(Scheduler.Kind kind) {
    return kind.create(SchedulerConfig.STABLE_DIFFUSION, STEPS);
  }

  /** Makes latents and a prediction. */
  @Setup
  public void create() {
    TorchEngine.load();
    manager = NDManager.newBaseManager();
    latents = Formula.array(manager, "latents", 1, SHAPE);
    noise = Formula.array(manager, "noise", 1, SHAPE);
  }

  /** Frees the arrays. */
  @TearDown
  public void close() {
    manager.close();
  }

  /** The first step of DDIM. */
  @Benchmark
  public long ddimStep() {
    return firstStep(ddim);
  }

  /** The first step of DPM-Solver++. */
  @Benchmark
  public long dpmSolverStep() {
    return firstStep(dpmSolver);
  }

  private long firstStep(Scheduler scheduler) {
    try (NDManager scope = manager.newSubManager()) {
      // What is computed from an array belongs to its manager, and would outlive the step.
      scope.tempAttachAll(latents, noise);
      DeviceNumbers numbers = new DeviceNumbers(scope, scheduler.numbers());
      return scheduler.begin(scope, numbers).step(latents, noise).size();
    }
  }
}
