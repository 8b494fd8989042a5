package io.latentsync.job.spark;

import java.util.Arrays;
import org.apache.spark.SparkConf;

/**
 * Settings with which a node that fails each task, such as one with a full disk, does not fail a
 * run. Such a node is free again at once, so Spark would send it each attempt of a task.
 */
public final class FaultyNodes {
  private static final String EXCLUDE = "spark.excludeOnFailure.";
  private static final String FAILURES = "spark.task.maxFailures";

  /** One more than Spark's default, which is the number of attempts on a cluster of one node. */
  private static final int MOST_FAILURES = 5;

  private FaultyNodes() {}

  /**
   * Sends the last attempt of a task to another node than the earlier ones, if they all failed on
   * one node. A cluster of one node makes the other attempts only. No node or executor is excluded
   * for other tasks, because tasks that fail everywhere would exclude all of them. If the user has
   * set any of Spark's settings of this kind, nothing is changed.
   */
  public static void avoid(SparkConf conf) {
    if (Arrays.stream(conf.getAll()).anyMatch(setting -> setting._1().startsWith(EXCLUDE))) {
      return;
    }
    conf.setIfMissing(FAILURES, String.valueOf(MOST_FAILURES));
    String attempts = String.valueOf(conf.getInt(FAILURES, MOST_FAILURES) - 1);
    if (attempts.equals("0")) {
      return;
    }
    String unlimited = String.valueOf(Integer.MAX_VALUE);
    conf.set(EXCLUDE + "taskAndStage.enabled", "true")
        .set(EXCLUDE + "task.maxTaskAttemptsPerExecutor", attempts)
        .set(EXCLUDE + "task.maxTaskAttemptsPerNode", attempts)
        .set(EXCLUDE + "stage.maxFailedTasksPerExecutor", unlimited)
        .set(EXCLUDE + "stage.maxFailedExecutorsPerNode", unlimited);
  }
}
