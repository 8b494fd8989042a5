package io.latentsync.model;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.util.Locale;

/** The networks wanted more memory than the machine or its GPU has left. */
public final class NativeMemoryException extends IOException {
  private static final long serialVersionUID = 1L;

  /** A failure of libtorch that doing less at once has not helped or cannot help. */
  NativeMemoryException(EngineException cause) {
    super(
        "memory outside the Java heap does not suffice: run fewer tasks at once"
            + " (spark.executor.cores, --tasks_per_gpu), give executors more"
            + " (spark.executor.memoryOverhead), or take a smaller --batch_size, 1 at least, or"
            + " --dtype fp16",
        cause);
  }

  /**
   * Passes if libtorch failed for another reason than that memory ran out.
   *
   * @throws NativeMemoryException if that was the reason; names the options that help
   */
  public static void throwIfCauseOf(EngineException failure) throws NativeMemoryException {
    if (isCauseOf(failure)) {
      throw new NativeMemoryException(failure);
    }
  }

  /** Whether libtorch failed because memory ran out; it tells by words alone. */
  static boolean isCauseOf(EngineException failure) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("out of memory") // CUDA, MPS
        || message.contains("can't allocate memory") // CPU
        || message.contains("bad_alloc") // CPU, the small things beside the tensors
        || message.contains("not enough memory"); // CPU, Windows
  }
}
