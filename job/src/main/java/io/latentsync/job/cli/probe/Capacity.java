package io.latentsync.job.cli.probe;

/**
 * What the executors of a run can do at the same time.
 *
 * @param executors number of processes that compute
 * @param tasks number of synthesis tasks of all executors
 * @param gpus of all executors; counts if the networks are computed on GPUs
 * @param speed of a task on a CPU, or of a GPU
 */
public record Capacity(int executors, int tasks, int gpus, TaskSpeed speed) {

  /** The tasks, or GPUs, that compute at the same time if there are so many segments. */
  public int atOnce(int segments) {
    int units = speed.isCpu() ? tasks : Math.max(1, gpus);
    return Math.max(1, Math.min(segments, units));
  }

  /** The most tasks of one executor if there are so many segments. */
  public int tasksOfExecutor(int segments) {
    int all = Math.max(1, Math.min(segments, tasks));
    return (all + executors - 1) / executors;
  }

  /** Seconds of the synthesis of one request that has all executors; it must have a price. */
  public double seconds(RequestPreview.Possible request) {
    return request.price().orElseThrow().flops()
        / (speed.flopsPerSecond() * atOnce(request.work().segments()));
  }
}
