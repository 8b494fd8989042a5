package io.latentsync.job.cli.progress;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Calls displays every second, all in one daemon thread. */
final class Ticker {
  private static final ScheduledThreadPoolExecutor THREAD =
      new ScheduledThreadPoolExecutor(
          1,
          work -> {
            Thread thread = new Thread(work, "progress");
            thread.setDaemon(true);
            return thread;
          });

  static {
    THREAD.setRemoveOnCancelPolicy(true);
  }

  private Ticker() {}

  /** Calls {@code tick} every second until the result is cancelled. */
  static Future<?> everySecond(Runnable tick) {
    return THREAD.scheduleWithFixedDelay(tick, 1, 1, TimeUnit.SECONDS);
  }
}
