package io.latentsync.job.storage;

import java.io.InterruptedIOException;
import java.time.Duration;

/** Waiting for what gives no signal when it comes: another process, another machine. */
final class Pause {
  private Pause() {}

  /**
   * Waits before another look.
   *
   * @throws InterruptedIOException if the task is to end
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
