package io.latentsync.job.spark;

import io.latentsync.model.bundle.DeviceChoice;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** The number of synthesis tasks that run at the same time. */
public final class SynthesisSlots {
  private SynthesisSlots() {}

  /**
   * The slots of a running application.
   *
   * @param device the networks' device
   */
  public static int of(SparkContext spark, DeviceChoice device) {
    int registered = spark.statusTracker().getExecutorInfos().length - 1; // without the driver
    return of(spark.conf(), device, spark.defaultParallelism(), registered);
  }

  /**
   * The slots: one for each core, or one for each share of a GPU if synthesis tasks need one.
   *
   * @param cores of all executors
   * @param registered number of registered executors; used if the settings contain no number of
   *     executors
   */
  static int of(SparkConf conf, DeviceChoice device, int cores, int registered) {
    int gpus = conf.getInt("spark.executor.resource.gpu.amount", 0);
    boolean wanted = device == DeviceChoice.AUTO || device == DeviceChoice.CUDA;
    if (gpus == 0 || !wanted || GpuShare.isLocal(conf)) {
      return Math.max(1, cores);
    }
    int executors = Math.max(1, conf.getInt("spark.executor.instances", registered));
    double ofTask =
        conf.getDouble("spark.task.resource.gpu.amount", 1.0 / TasksPerGpu.of(conf).slots());
    // The share of a GPU per task is rounded, so the number of tasks per GPU is a whole number.
    int tasks = ofTask < 1 ? gpus * (int) Math.floor(1 / ofTask) : (int) (gpus / ofTask);
    return Math.max(1, Math.min(cores, executors * tasks));
  }
}
