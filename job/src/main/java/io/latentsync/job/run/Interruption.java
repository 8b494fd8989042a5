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
 * Handles SIGINT (Ctrl-C) and SIGTERM. The first signal interrupts the run's thread, which stops
 * its tasks and writes its results. If the run cannot be interrupted at that time, the process
 * exits. A second signal ends the process at once, and so does the time limit {@link #LIMIT} after
 * the first.
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
   * Handles signals until this is closed. Of several runs in a process, only the last one is
   * interrupted.
   *
   * @param notice informs the user about the first signal; runs in a separate thread
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
      // For example because of the JVM option -Xrs.
      log.info("the JVM does not handle {}: {}", signal, e.getMessage());
    }
  }

  /** Handles a signal. The JVM calls this in a new thread for each signal. */
  private static void signalled(ExitCode code) {
    Interruption run = CURRENT.get();
    if (run == null) {
      System.exit(code.code());
    } else if (!run.begin(code)) {
      RunningTasks.endNow();
    } else if (!run.interrupt()) {
      System.exit(code.code());
    }
  }

  /** Records the first signal and starts the time limit. Returns false for a later signal. */
  private synchronized boolean begin(ExitCode code) {
    if (received.isPresent()) {
      return false;
    }
    received = Optional.of(code);
    // Spark logs the interruption itself as errors, such as of a broadcast or a starting context.
    Configurator.setLevel("org.apache.spark", Level.OFF);
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
      log.warn("the wait for the end of the run was interrupted", e);
    }
    RunningTasks.endNow();
  }

  private synchronized boolean interrupt() {
    stoppable.ifPresent(Thread::interrupt);
    return stoppable.isPresent();
  }

  /**
   * Runs work that stops and returns its result so far when its thread is interrupted.
   *
   * @throws Exception the exception of the work
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

  /** The exit code of the first signal; empty if there was none. */
  public synchronized Optional<ExitCode> received() {
    return received;
  }

  @Override
  public void close() {
    CURRENT.compareAndSet(this, null);
  }
}
