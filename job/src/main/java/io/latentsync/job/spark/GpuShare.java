package io.latentsync.job.spark;

import ai.djl.Device;
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
 * The part of a GPU that a task works with. Where executors have GPUs ({@code
 * spark.executor.resource.gpu.amount}) only the tasks that synthesise ask for one, by a profile of
 * their stage; the others run beside them. Tasks that share a GPU share the weights on it.
 */
public final class GpuShare {
  /** Spark's setting that says how many tasks share a GPU. */
  public static final String TASKS_PER_GPU = "spark.latentsync.tasksPerGpu";

  private static final String GPU = "gpu";

  private GpuShare() {}

  /**
   * What a task that synthesises asks Spark for, if it is more than other tasks do.
   *
   * @return empty where there are no GPUs to share out, or where the user has said for all stages
   *     ({@code spark.task.resource.gpu.amount}) what a task asks for
   */
  static Optional<ResourceProfile> of(SparkConf conf, RenderOptions rendering) {
    boolean wanted =
        rendering.device() == DeviceChoice.AUTO || rendering.device() == DeviceChoice.CUDA;
    if (!wanted
        || isLocal(conf)
        || conf.getInt("spark.executor.resource.gpu.amount", 0) == 0
        || conf.contains("spark.task.resource.gpu.amount")) {
      return Optional.empty();
    }
    TaskResourceRequests share =
        new TaskResourceRequests()
            .cpus(conf.getInt("spark.task.cpus", 1))
            .resource(GPU, 1.0 / conf.getInt(TASKS_PER_GPU, 1));
    return Optional.of(new ResourceProfileBuilder().require(share).build());
  }

  /** Tasks that ask for a part of a GPU where there are GPUs. */
  public static <T> JavaRDD<T> on(JavaRDD<T> tasks, RenderOptions rendering) {
    return of(tasks.context().getConf(), rendering).map(tasks::withResources).orElse(tasks);
  }

  /**
   * Where the task that calls this computes.
   *
   * @throws IOException if there is no such device; the message says what to do
   */
  public static Device device(DeviceChoice choice) throws IOException {
    Map<String, ResourceInformation> resources = TaskContext.get().resourcesJMap();
    OptionalInt assigned = OptionalInt.empty();
    if (resources.containsKey(GPU)) {
      assigned = OptionalInt.of(Integer.parseInt(resources.get(GPU).addresses()[0]));
    }
    return choice.device(assigned, !isLocal(SparkEnv.get().conf()), DeviceChoice.Hardware.here());
  }

  /**
   * Refuses a device that this process does not have, for when it is the executor too.
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
