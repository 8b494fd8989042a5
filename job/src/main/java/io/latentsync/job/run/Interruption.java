package io.latentsync.job.run;

import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.storage.RunningTasks;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.service.launcher.IrqHandler;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a run in good order on SIGINT (Ctrl-C) and SIGTERM. While the run can stop by itself, its
 * thread is interrupted, so that it can stop its tasks and write its results; else the process
 * ends. A second signal ends the process at once, and so does {@link #LIMIT} after the first.
 */
public final class Interruption implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Interruption.class);

  /** Schedulers kill a process 10 s or more after SIGTERM. */
  private static final Duration LIMIT = Duration.ofMillis(9500);

  private static final AtomicReference<Interruption> CURRENT = new AtomicReference<>();

  static {
    bind(IrqHandler.CONTROL_C, ExitCode.INTERRUPTED);
    bind(IrqHandler.SIGTERM, ExitCode.TERMINATED);
  }

  private final Runnable notice;
  private Optional<ExitCode> received = Optional.empty();

  /** The thread of the run while it can stop by itself. */
  private Optional<Thread> stoppable = Optional.empty();

  private Interruption(Runnable notice) {
    this.notice = notice;
  }

  /**
   * Watches for signals until this is closed. Only one run of a process is watched, the last.
   *
   * @param notice informs the user at the first signal, in a thread of its own
   */
  public static Interruption watch(Runnable notice) {
    Interruption run = new Interruption(notice);
    CURRENT.set(run);
    return run;
  }

  private static void bind(String signal, ExitCode code) {
    try {
      new IrqHandler(signal, any -> signalled(code)).bind();
    } catch (IllegalArgumentException e) {
      // Such as with the JVM's option -Xrs.
      log.info("the JVM does not handle {}: {}", signal, e.getMessage());
    }
  }

  /** In a thread of the JVM, a new one for each signal. */
  private static void signalled(ExitCode code) {
    Interruption run = CURRENT.get();
    if (run == null) {
      System.exit(code.code());
    } else if (!run.begin(code)) {
      RunningTasks.endNow();
    } else if (!run.interrupt()) {
      // A Spark context that is starting logs that it cannot start while the JVM ends.
      Configurator.setLevel("org.apache.spark", Level.OFF);
      System.exit(code.code());
    }
  }

  /** False if this is not the first signal. */
  private synchronized boolean begin(ExitCode code) {
    if (received.isPresent()) {
      return false;
    }
    received = Optional.of(code);
    RunningTasks.expectEnd(code.code());
    Thread end = new Thread(Interruption::endLate, "end after a signal");
    end.setDaemon(true);
    end.start();
    notice.run();
    return true;
  }

  private static void endLate() {
    try {
      Thread.sleep(LIMIT.toMillis());
    } catch (InterruptedException e) {
      log.warn("the process is ended early", e);
    }
    RunningTasks.endNow();
  }

  private synchronized boolean interrupt() {
    stoppable.ifPresent(Thread::interrupt);
    return stoppable.isPresent();
  }

  /**
   * Runs work that stops by itself when its thread is interrupted, and then returns what is done.
   *
   * @throws Exception that of the work
   */
  public <T> T stoppable(Callable<T> work) throws Exception {
    synchronized (this) {
      stoppable = Optional.of(Thread.currentThread());
    }
    try {
      return work.call();
    } finally {
      synchronized (this) {
        stoppable = Optional.empty();
        if (received.isPresent() && Thread.interrupted()) {
          log.debug("the signal came after the end of the work");
        }
      }
    }
  }

  /** What the process is to end with if a signal has come. */
  public synchronized Optional<ExitCode> received() {
    return received;
  }

  @Override
  public void close() {
    CURRENT.compareAndSet(this, null);
  }
}
