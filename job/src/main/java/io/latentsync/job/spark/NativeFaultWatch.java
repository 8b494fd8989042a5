package io.latentsync.job.spark;

import io.latentsync.job.failure.LostGpuError;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.torch.GpuFaultException;
import io.latentsync.nn.torch.TorchUnavailableException;
import java.util.Iterator;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps a task function that calls native code, and determines the effect of a native failure:
 *
 * <ul>
 *   <li>Exhausted native memory ends the task with a {@link NativeMemoryException}, whichever
 *       library reports it. The executor continues; an {@link OutOfMemoryError} would make Spark
 *       end it with all its tasks.
 *   <li>A failed GPU ends the executor ({@link LostGpuError}), because all later tasks on this GPU
 *       would fail. Spark starts another executor. In local mode the task fails with a {@link
 *       GpuFaultException}.
 *   <li>A GPU for which libtorch has no code ends the task with a {@link
 *       TorchUnavailableException}.
 * </ul>
 *
 * @param <T> input of the task
 * @param <R> result of the task
 */
public record NativeFaultWatch<T, R>(FlatMapFunction<T, R> task) implements FlatMapFunction<T, R> {
  private static final Logger log = LoggerFactory.getLogger(NativeFaultWatch.class);

  @Override
  public Iterator<R> call(T input) throws Exception {
    try {
      return task.call(input);
    } catch (RuntimeException | OutOfMemoryError e) {
      NativeMemoryException.throwIfCauseOf(e);
      TorchUnavailableException.throwIfNoKernels(e);
      try {
        GpuFaultException.throwIfCauseOf(e);
      } catch (GpuFaultException fault) {
        if (GpuShare.isLocal(SparkEnv.get().conf())) {
          throw fault;
        }
        log.error("{}; the executor ends", fault.getMessage());
        throw new LostGpuError(fault);
      }
      throw e;
    }
  }
}
