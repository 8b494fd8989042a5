package io.latentsync.job.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/**
 * Ends a task that is no longer needed: another attempt was faster, its job was cancelled, or its
 * process received a signal to end. Spark does not count this as a failure.
 */
public final class TaskInterrupts {
  private TaskInterrupts() {}

  /**
   * Long computations call this method regularly.
   *
   * @throws TaskKilledException if this task is no longer needed
   */
  public static void stopIfKilled() {
    if (TaskContext.get().isInterrupted() || Thread.interrupted()) {
      throw new TaskKilledException("the task was cancelled");
    }
  }

  /** The exception for a task that an interrupt has ended. */
  public static TaskKilledException killed(Exception interrupt) {
    TaskKilledException killed = new TaskKilledException("the task was cancelled");
    killed.initCause(interrupt);
    return killed;
  }
}
