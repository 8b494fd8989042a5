package io.latentsync.job.spark;

import com.google.common.base.Throwables;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.failure.NodeDiskException;
import io.latentsync.job.failure.OutageException;
import io.latentsync.media.MediaException;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.checkpoint.CheckpointException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * The result of a task, or the reason why its input is invalid. With an invalid input each of
 * Spark's retries would fail too, so the task returns the reason instead of failing.
 *
 * @param value the result; null if there is a reason
 * @param reason the reason, which names the input; null if there is a value
 */
public record TaskResult<R>(R value, InvalidInputException reason) implements Serializable {

  /**
   * Wraps a task function so that it returns such a reason.
   *
   * @param <T> input of the task
   * @param <R> result of the task
   */
  public record Of<T, R>(FlatMapFunction<T, R> task) implements FlatMapFunction<T, TaskResult<R>> {

    @Override
    public Iterator<TaskResult<R>> call(T input) throws Exception {
      List<TaskResult<R>> results = new ArrayList<>();
      try {
        task.call(input).forEachRemaining(value -> results.add(new TaskResult<>(value, null)));
      } catch (Exception e) {
        if (!isOfInput(e)) {
          throw ofNode(e);
        }
        return List.of(new TaskResult<R>(null, reason(e))).iterator();
      }
      return results.iterator();
    }
  }

  /** Names the node if its disk is the cause; in local mode there is only one. */
  private static Exception ofNode(Exception failure) {
    SparkEnv env = SparkEnv.get();
    return env == null || GpuShare.isLocal(env.conf()) || !NodeDiskException.isCauseOf(failure)
        ? failure
        : new NodeDiskException(
            env.blockManager().blockManagerId().host(),
            FailureReason.of(failure).text(),
            Path.of(System.getProperty("java.io.tmpdir")),
            failure);
  }

  private static boolean isOfInput(Exception failure) {
    // An interrupt closes open files. Without memory, disk or network, another attempt may succeed.
    return !Thread.currentThread().isInterrupted()
        && !OutageException.isCauseOf(failure)
        && !NativeMemoryException.isCauseOf(failure)
        && Throwables.getCausalChain(failure).stream()
            .anyMatch(
                cause ->
                    cause instanceof InvalidInputException
                        || (cause instanceof MediaException media && !media.isOfMachine())
                        || cause instanceof CheckpointException);
  }

  /** Without the causes, which may not be serializable. */
  private static InvalidInputException reason(Exception failure) {
    InvalidInputException reason =
        InvalidInputException.ofLines(FailureReason.of(failure).text().lines().toList());
    reason.setStackTrace(failure.getStackTrace());
    return reason;
  }

  /**
   * The values of all results.
   *
   * @throws InvalidInputException the first reason, if there is one
   */
  public static <R> List<R> values(List<TaskResult<R>> results) throws InvalidInputException {
    List<R> values = new ArrayList<>();
    for (TaskResult<R> result : results) {
      if (result.reason() != null) {
        throw result.reason();
      }
      values.add(result.value());
    }
    return values;
  }
}
