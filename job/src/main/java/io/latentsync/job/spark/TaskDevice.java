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

/** The device of a running task. Closing it frees the device for another task. */
public final class TaskDevice implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskDevice.class);

  private final Device device;
  private final Function<IntSupplier, ComputePermits> permits;
  private final Runnable giveBack;

  /**
   * Creates the device of a task.
   *
   * @param permits the device's permits; on the first request the function determines their number
   * @param giveBack frees the device for another task
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
   * The permits that a task needs to compute. The first task of a process on a GPU determines their
   * number: the user's number or, for {@code auto}, as many as the free memory of the GPU allows.
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
            rendering.compute().batchSize());
    int number = wanted.permits(TorchEngine.freeMemory(device), task);
    log.info("at most {} tasks compute on {} at the same time", number, device);
    return number;
  }

  @Override
  public void close() {
    giveBack.run();
  }
}
