package io.latentsync.memory;

import com.google.common.base.Throwables;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Memory outside the Java heap is exhausted: on the machine, on its GPU, or by a limit of the
 * process. Any native code may cause it, so it is unchecked, like {@link OutOfMemoryError}. The
 * process can continue, and a smaller call may succeed.
 */
public final class NativeMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * The remedies. A batch is at most as long as a segment; a segment of one batch holds no other
   * batch's pictures.
   */
  public static final String REMEDY =
      "run fewer tasks at once (spark.executor.cores, --tasks_per_gpu), give executors more"
          + " (spark.executor.memoryOverhead), or take a smaller --batch_size (1 at least),"
          + " --segment_frames (one chunk at least: it bounds how many pictures wait) or --dtype fp16";

  /** One line for the user. */
  public static final String TEXT = "memory outside the Java heap does not suffice: " + REMEDY;

  /** Messages of the JVM and JavaCPP about memory outside the heap. */
  private static final Pattern OF_ERRORS =
      Pattern.compile(
          "direct buffer memory|unable to allocate|unable to create native thread|map failed"
              + "|native allocator returned address == 0|failed to allocate memory within limits"
              + "|physical memory usage is too high");

  /** Messages of libraries that have no exception type for it. */
  private static final Pattern OF_LIBRARIES =
      Pattern.compile(
          "out of memory" // libtorch: CUDA, MPS
              + "|(cudnn|cublas)_status_alloc_failed" // NVIDIA's libraries, in libtorch
              + "|unable to find an engine to execute" // cuDNN, when no workspace fits
              + "|can't allocate memory" // libtorch: CPU
              + "|not enough memory" // libtorch: CPU, Windows
              + "|could not (create|execute) a primitive(?! desc)" // oneDNN, in libtorch: its code
              + "|bad_alloc" // C++, for anything other than tensors and pictures
              + "|insufficient memory"); // OpenCV

  /** For a call that reports failure only by its result. */
  public NativeMemoryException() {
    super(TEXT);
  }

  /** With its cause. */
  public NativeMemoryException(Throwable cause) {
    super(TEXT, cause);
  }

  /**
   * Throws if the cause of a failure is exhausted native memory.
   *
   * @throws NativeMemoryException if it is
   */
  public static void throwIfCauseOf(Throwable failure) {
    Throwables.throwIfInstanceOf(failure, NativeMemoryException.class);
    if (isCauseOf(failure)) {
      throw new NativeMemoryException(failure);
    }
  }

  /**
   * Whether the cause of a failure is exhausted native memory, reported by any library. Where a
   * library has no exception type, its message decides. A full Java heap does not count.
   */
  public static boolean isCauseOf(Throwable failure) {
    if (Throwables.getCausalChain(failure).stream()
        .anyMatch(NativeMemoryException.class::isInstance)) {
      return true;
    }
    Throwable root = Throwables.getRootCause(failure);
    String message = String.valueOf(root.getMessage()).toLowerCase(Locale.ROOT);
    if (root instanceof OutOfMemoryError) {
      return OF_ERRORS.matcher(message).find();
    }
    return root instanceof RuntimeException && OF_LIBRARIES.matcher(message).find();
  }
}
