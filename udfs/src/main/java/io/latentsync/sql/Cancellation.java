package io.latentsync.sql;

import org.apache.spark.TaskContext;

/** Ends the work on a file when its query is cancelled. */
final class Cancellation {
  private Cancellation() {}

  /**
   * Checks whether the task of this thread still runs; without a task, does nothing.
   *
   * @throws org.apache.spark.TaskKilledException if the task was killed
   */
  static void check() {
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.killTaskIfInterrupted();
    }
  }
}
