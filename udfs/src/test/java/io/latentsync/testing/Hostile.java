package io.latentsync.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Malicious inputs: files in the folder of the system property {@code hostile.dir}, and limits for
 * refusals. Most tests make their own files.
 */
public final class Hostile {
  /** Maximum duration of a refusal in seconds. */
  public static final int SECONDS = 20;

  /** Maximum number of bytes that a refusal may allocate in total. */
  public static final long BYTES = 1L << 30;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Hostile() {}

  /** A file by name; skips the test with a message if it does not exist. */
  public static Path file(String name) {
    Path file = Path.of(System.getProperty("hostile.dir", "../../shared/cases/hostile"));
    Skip.unless(
        Files.isRegularFile(file.resolve(name)), "no hostile file at " + file.toAbsolutePath());
    return file.resolve(name);
  }

  /** An action that may fail. */
  @FunctionalInterface
  public interface Action {
    /** Runs the action. */
    void run() throws Exception;
  }

  /**
   * Runs an action in this thread.
   *
   * @return number of bytes that it allocated on the Java heap, including those that are free again
   */
  public static long allocated(Action action) throws Exception {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    action.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
