package io.latentsync.job.spark;

import ai.djl.Device;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.estimate.MemoryEstimate;
import io.latentsync.model.estimate.WorkEstimate;
import io.latentsync.model.render.ComputePermits;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.nn.torch.TorchEngine;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The device of a running task. Closing it makes room for another task. */
public final class TaskDevice implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskDevice.class);

  private final Device device;
  private final Function<IntSupplier, ComputePermits> permits;
  private final Runnable giveBack;

  /**
   * A device that a task has taken.
   *
   * @param permits of the device; the function gives their number if they are asked for first
   * @param giveBack makes room for another task
   */
  TaskDevice(Device device, Function<IntSupplier, ComputePermits> permits, Runnable giveBack) {
    this.device = device;
    this.permits = permits;
    this.giveBack = giveBack;
  }

  /** The device. */
  public Device device() {
    return device;
  }

  /**
   * The permits that a task needs to compute. The first task of a process on a GPU decides how many
   * there are: the user's number or, if that is {@code auto}, as many as the free memory of the GPU
   * allows.
   *
   * @param models loaded on this device
   */
  public ComputePermits permits(Models models, RenderOptions rendering) {
    return permits.apply(() -> number(models, rendering));
  }

  private int number(Models models, RenderOptions rendering) {
    TasksPerGpu wanted = TasksPerGpu.of(SparkEnv.get().conf());
    long task =
        MemoryEstimate.activations(
            WorkEstimate.of(models.config(), rendering.sampling()),
            device,
            models.elementType(),
            rendering.batchSize());
    int number = wanted.permits(TorchEngine.freeMemory(device), task);
    log.info("at most {} tasks compute on {} at the same time", number, device);
    return number;
  }

  @Override
  public void close() {
    giveBack.run();
  }
}
