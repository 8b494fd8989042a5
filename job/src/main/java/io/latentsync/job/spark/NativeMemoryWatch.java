package io.latentsync.job.spark;

import io.latentsync.memory.NativeMemoryException;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Wraps a task function that may exhaust native memory. The task then fails with a {@link
 * NativeMemoryException}, whichever library reports the failure, and its executor continues; for an
 * {@link OutOfMemoryError} Spark would end the executor with the work of all its tasks.
 *
 * @param <T> input of the task
 * @param <R> result of the task
 */
public record NativeMemoryWatch<T, R>(FlatMapFunction<T, R> task) implements FlatMapFunction<T, R> {

  @Override
  public Iterator<R> call(T input) throws Exception {
    try {
      return task.call(input);
    } catch (RuntimeException | OutOfMemoryError e) {
      NativeMemoryException.throwIfCauseOf(e);
      throw e;
    }
  }
}
