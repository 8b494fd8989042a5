package io.latentsync.job.failure;

import com.google.common.base.Throwables;
import io.latentsync.memory.NativeMemoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkException;

/**
 * The reason of a job that failed because executors ended: Spark reports it only in the text of its
 * exception.
 */
final class LostExecutor {
  private static final Pattern LOSS =
      Pattern.compile("ExecutorLostFailure \\(executor \\S+ exited.*?\\) Reason: ([^\n]*)");

  /** The line for the user about {@link #wasEnding}. */
  static final String ENDING_TEXT =
      "an executor was ending when its next task arrived; its log has the reason, such as a GPU that"
          + " failed";

  /**
   * A task that Spark sent to an executor that was ending. Spark may report it before the failure
   * that ended the executor.
   */
  private static final Pattern ENDING =
      Pattern.compile("Executor\\$TaskRunner\\S* rejected from .*(Shutting down|Terminated)");

  private LostExecutor() {}

  /** Whether a task failed because its executor was ending when it arrived. */
  static boolean wasEnding(Throwable failure) {
    return Throwables.getCausalChain(failure).stream()
        .anyMatch(cause -> ENDING.matcher(String.valueOf(cause.getMessage())).find());
  }

  /** Whether a task failed because every executor that ran it was lost. */
  static boolean isCauseOf(Throwable failure) {
    return Throwables.getRootCause(failure) instanceof SparkException cause
        && LOSS.matcher(String.valueOf(cause.getMessage())).find();
  }

  /** One line for the user; only if {@link #isCauseOf}. */
  static String text(Throwable failure) {
    Matcher loss = LOSS.matcher(Throwables.getRootCause(failure).getMessage());
    if (!loss.find()) {
      throw new IllegalArgumentException("not a lost executor", failure);
    }
    return "an executor was lost (%s); the most frequent cause is that it exceeds its memory limit: %s"
        .formatted(loss.group(1), NativeMemoryException.REMEDY);
  }
}
