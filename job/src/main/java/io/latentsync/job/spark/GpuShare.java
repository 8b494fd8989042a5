package io.latentsync.job.spark;

import ai.djl.Device;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.render.RenderOptions;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/**
 * The share of a GPU per task. If executors have GPUs ({@code spark.executor.resource.gpu.amount}),
 * only synthesis tasks request one, through the resource profile of their stage. Other tasks run at
 * the same time. Tasks that share a GPU share the weights on it.
 */
public final class GpuShare {
  private static final String GPU = "gpu";

  private static final GpuPool POOL = new GpuPool();

  private GpuShare() {}

  /**
   * The resource request of synthesis tasks, if it differs from that of other tasks.
   *
   * @return empty if there are no GPUs, or if the user has configured the amount for all stages
   *     ({@code spark.task.resource.gpu.amount})
   */
  static Optional<ResourceProfile> of(SparkConf conf, RenderOptions rendering) {
    boolean wanted =
        rendering.compute().device() == DeviceChoice.AUTO
            || rendering.compute().device() == DeviceChoice.CUDA;
    if (!wanted
        || isLocal(conf)
        || conf.getInt("spark.executor.resource.gpu.amount", 0) == 0
        || conf.contains("spark.task.resource.gpu.amount")) {
      return Optional.empty();
    }
    TaskResourceRequests share =
        new TaskResourceRequests()
            .cpus(conf.getInt("spark.task.cpus", 1))
            .resource(GPU, 1.0 / TasksPerGpu.of(conf).slots());
    return Optional.of(new ResourceProfileBuilder().require(share).build());
  }

  /**
   * Refuses dynamic allocation if executors have GPUs. Spark would also start executors for the
   * stages without GPUs, and each of them would occupy a GPU without using it.
   *
   * @throws InvalidInputException naming the setting and what would be right
   */
  public static void requireFixedExecutors(SparkConf conf) throws InvalidInputException {
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)
        && conf.getInt("spark.executor.resource.gpu.amount", 0) > 0
        && !conf.contains("spark.task.resource.gpu.amount")) {
      throw new InvalidInputException(
          "spark.dynamicAllocation.enabled is true, but must be false for executors with GPUs"
              + " (spark.executor.resource.gpu.amount): executors for stages without GPUs"
              + " would occupy GPUs too; set spark.executor.instances, or"
              + " spark.task.resource.gpu.amount for all stages");
    }
  }

  /** An RDD whose tasks request a share of a GPU, if there are GPUs. */
  public static <T> JavaRDD<T> on(JavaRDD<T> tasks, RenderOptions rendering) {
    return of(tasks.context().getConf(), rendering).map(tasks::withResources).orElse(tasks);
  }

  /**
   * The device of the calling task: the GPU that Spark assigned or, in local mode, the machine's
   * GPU with the fewest tasks.
   *
   * @throws IOException if there is no such device; the message says what to do
   */
  public static TaskDevice device(DeviceChoice choice) throws IOException {
    Map<String, ResourceInformation> resources = TaskContext.get().resourcesJMap();
    OptionalInt assigned = OptionalInt.empty();
    if (resources.containsKey(GPU)) {
      assigned = OptionalInt.of(Integer.parseInt(resources.get(GPU).addresses()[0]));
    }
    boolean local = isLocal(SparkEnv.get().conf());
    DeviceChoice.Hardware hardware = DeviceChoice.Hardware.here();
    Device device = choice.device(assigned, !local, hardware);
    return local && device.isGpu() && hardware.gpus() > 1
        ? POOL.takeAny(hardware.gpus())
        : POOL.take(device);
  }

  /**
   * Checks the device in local mode, where this process is the executor.
   *
   * @throws IOException if there is no such device; the message says what to do
   */
  public static void requireHere(DeviceChoice choice) throws IOException {
    choice.device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
  }

  /** Whether the driver is the only executor. */
  public static boolean isLocal(SparkConf conf) {
    return conf.get("spark.master", "").startsWith("local");
  }
}
