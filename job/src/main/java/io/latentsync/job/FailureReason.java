package io.latentsync.job;

import com.google.common.base.Throwables;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.WrongNumbersException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * What a failure comes down to, for the user to read.
 *
 * @param text one line; a line for each problem if the input has several
 * @param input whether it lies in what the user gave: a file or an option
 */
record FailureReason(String text, boolean input) {

  /** Looks behind what Spark and threads wrap around what went wrong on an executor. */
  static FailureReason of(Throwable error) {
    if (LostExecutor.isCauseOf(error)) {
      return new FailureReason(LostExecutor.text(error), false);
    }
    // The same input is good on a larger machine.
    if (NativeMemoryException.isCauseOf(error)) {
      return new FailureReason(NativeMemoryException.TEXT, false);
    }
    Optional<Throwable> io =
        Throwables.getCausalChain(error).stream().filter(IOException.class::isInstance).findFirst();
    boolean machine = io.filter(WrongNumbersException.class::isInstance).isPresent();
    return new FailureReason(
        text(io.orElse(Throwables.getRootCause(error))), io.isPresent() && !machine);
  }

  private static String text(Throwable error) {
    if (error instanceof NoSuchFileException) {
      return error.getMessage() + ": no such file or folder";
    }
    if (error instanceof AccessDeniedException) {
      return error.getMessage() + ": permission denied";
    }
    if (error instanceof InvalidInputException) {
      return error.getMessage();
    }
    String message = error instanceof IOException ? error.getMessage() : error.toString();
    return String.valueOf(message).lines().findFirst().orElse("failed");
  }
}
