package io.latentsync.job.storage;

import com.google.common.util.concurrent.Uninterruptibles;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The threads of this process that may be in native code: those that have a {@link Scratch}. When a
 * process ends, the C library destroys the static objects of libtorch and other libraries, and a
 * thread that still uses them crashes. So at the end of the process all these threads are
 * interrupted and awaited. They stop at the next denoising step or frame and close their native
 * objects. If a step takes too long, the process ends without calling the destructors.
 */
public final class RunningTasks {
  /**
   * Maximum wait of an ending process for its tasks. A cluster manager kills the process 10 s after
   * SIGTERM.
   */
  public static final Duration TIMEOUT = Duration.ofSeconds(6);

  /**
   * Time between two interrupts of a thread. One may not be enough, because a library may swallow
   * it.
   */
  private static final Duration REPEAT = Duration.ofMillis(100);

  /** The exit code of a process that SIGTERM has ended: 128 + 15. */
  private static final int TERMINATED = 143;

  /** Number of calls of {@link #enter} without {@link #leave}, by thread. */
  private static final Map<Thread, Integer> THREADS = new HashMap<>();

  /** Ends the process at once, without hooks and destructors. */
  private static final Function EXIT = NativeLibrary.getProcess().getFunction("_exit");

  /** End of the wait for tasks, in terms of {@code System.nanoTime()}; 0 before the wait. */
  private static long deadline;

  private static int exitCode = TERMINATED;

  static {
    ExitTasks.add(ExitTasks.Order.BEFORE_SPARK, RunningTasks::stop);
    ExitTasks.add(ExitTasks.Order.LAST, RunningTasks::endIfOneRuns);
  }

  private RunningTasks() {}

  /** Registers this thread as one that runs a task. */
  static void enter() {
    synchronized (THREADS) {
      THREADS.merge(Thread.currentThread(), 1, Integer::sum);
    }
  }

  /**
   * Ends the registration of a thread.
   *
   * @param thread the thread that called {@link #enter}
   */
  static void leave(Thread thread) {
    synchronized (THREADS) {
      THREADS.computeIfPresent(thread, (any, parts) -> parts == 1 ? null : parts - 1);
      THREADS.notifyAll();
    }
  }

  /**
   * Interrupts all tasks of this process and waits for their end, at most {@link #TIMEOUT} from the
   * first call or {@link #expectEnd} on.
   */
  public static void stop() {
    beginToWait();
    for (List<Thread> running = running(); !running.isEmpty() && isInTime(); running = running()) {
      running.forEach(Thread::interrupt);
      Uninterruptibles.sleepUninterruptibly(REPEAT);
    }
  }

  private static void beginToWait() {
    synchronized (THREADS) {
      deadline = deadline == 0 ? System.nanoTime() + TIMEOUT.toNanos() : deadline;
    }
  }

  private static boolean isInTime() {
    synchronized (THREADS) {
      return System.nanoTime() - deadline < 0;
    }
  }

  private static List<Thread> running() {
    synchronized (THREADS) {
      return new ArrayList<>(THREADS.keySet());
    }
  }

  /**
   * Announces the end of the process: {@link #TIMEOUT} begins now.
   *
   * @param code exit code if a task prevents the regular end of the process; 143 (SIGTERM) if this
   *     is not called
   */
  public static void expectEnd(int code) {
    beginToWait();
    synchronized (THREADS) {
      exitCode = code;
    }
  }

  private static void endIfOneRuns() {
    if (!running().isEmpty()) {
      endNow();
    }
  }

  /** Ends the process at once, without cleanup, even if threads run. */
  public static void endNow() {
    int code;
    synchronized (THREADS) {
      code = exitCode;
    }
    EXIT.invokeVoid(new Object[] {code});
  }
}
