package io.latentsync.job.failure;

import com.google.common.base.Throwables;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** A server or the network does not answer. Another attempt may help. */
public final class OutageException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * An outage.
   *
   * @param message one line for the user
   * @param cause null if there is none
   */
  public OutageException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Whether an outage is the cause of a failure. */
  public static boolean isCauseOf(Throwable failure) {
    return Throwables.getCausalChain(failure).stream()
        .anyMatch(
            cause ->
                cause instanceof OutageException
                    || cause instanceof SocketException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof UnknownHostException);
  }
}
