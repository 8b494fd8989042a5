package io.latentsync.job.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/**
 * Ends a task that is not needed any more: another attempt was faster, its job was cancelled, or
 * its process was asked to end. Spark does not count that as a failure.
 */
public final class TaskInterrupts {
  private TaskInterrupts() {}

  /**
   * For long work to call now and then.
   *
   * @throws TaskKilledException if this task is not needed any more
   */
  public static void stopIfKilled() {
    if (TaskContext.get().isInterrupted() || Thread.interrupted()) {
      throw new TaskKilledException("the task was told to stop");
    }
  }

  /** The exception of a task that an interrupt has ended in the middle of its work. */
  public static TaskKilledException killed(Exception interrupt) {
    TaskKilledException killed = new TaskKilledException("the task was told to stop");
    killed.initCause(interrupt);
    return killed;
  }
}
