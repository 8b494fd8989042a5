package io.latentsync.job.spark;

import io.latentsync.memory.NativeMemoryException;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * A task in which native memory may run out. Whichever library finds out, the task fails with a
 * {@link NativeMemoryException}, and its executor lives on: Spark would end it for an {@link
 * OutOfMemoryError}, together with the other tasks' work.
 *
 * @param <T> what the task takes
 * @param <R> what it gives
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
