package io.latentsync.job.storage;

import java.io.InterruptedIOException;
import java.time.Duration;

/** Waits between two checks for an event of another process or machine. */
final class Pause {
  private Pause() {}

  /**
   * Waits until the next check.
   *
   * @throws InterruptedIOException if the task must end
   */
  static void of(Duration time) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException)
          new InterruptedIOException("interrupted while waiting for another process").initCause(e);
    }
  }
}
