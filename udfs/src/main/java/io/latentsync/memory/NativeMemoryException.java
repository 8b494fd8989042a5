package io.latentsync.memory;

import com.google.common.base.Throwables;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The machine, its GPU or a limit of the process left no more memory outside the Java heap.
 * Anything native may throw it, so it is unchecked, like {@link OutOfMemoryError}; unlike that one
 * it leaves the process sound, and less at once may fit.
 */
public final class NativeMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * What a user can do. A batch is no longer than a segment, and a segment of one batch has no
   * other's pictures beside it.
   */
  public static final String REMEDY =
      "run fewer tasks at once (spark.executor.cores, --tasks_per_gpu), give executors more"
          + " (spark.executor.memoryOverhead), or take a smaller --batch_size (1 at least),"
          + " --segment_frames (one chunk at least: it bounds how many pictures wait) or --dtype fp16";

  /** One line for the user. */
  public static final String TEXT = "memory outside the Java heap does not suffice: " + REMEDY;

  /** What the JVM and JavaCPP say when it is not the heap that is full. */
  private static final Pattern OF_ERRORS =
      Pattern.compile(
          "direct buffer memory|unable to allocate|unable to create native thread|map failed"
              + "|native allocator returned address == 0|failed to allocate memory within limits"
              + "|physical memory usage is too high");

  /** What libraries say, which have no exception of their own for it. */
  private static final Pattern OF_LIBRARIES =
      Pattern.compile(
          "out of memory" // libtorch: CUDA, MPS
              + "|can't allocate memory" // libtorch: CPU
              + "|not enough memory" // libtorch: CPU, Windows
              + "|could not (create|execute) a primitive(?! desc)" // oneDNN, in libtorch: its code
              + "|bad_alloc" // any C++, the small things beside tensors and pictures
              + "|insufficient memory"); // OpenCV

  /** A call that got none, and said so by its result alone. */
  public NativeMemoryException() {
    super(TEXT);
  }

  /** A failure that comes of it. */
  public NativeMemoryException(Throwable cause) {
    super(TEXT, cause);
  }

  /**
   * Passes if something failed for another reason than that native memory ran out.
   *
   * @throws NativeMemoryException if that was the reason
   */
  public static void throwIfCauseOf(Throwable failure) {
    Throwables.throwIfInstanceOf(failure, NativeMemoryException.class);
    if (isCauseOf(failure)) {
      throw new NativeMemoryException(failure);
    }
  }

  /**
   * Whether something failed because native memory ran out, whichever library noticed first; it
   * decides by words where there is nothing else. A Java heap that is full is another matter.
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
