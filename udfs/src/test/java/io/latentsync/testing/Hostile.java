package io.latentsync.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Inputs that are made to do harm. The files are found under the system property {@code
 * hostile.dir}; most tests make theirs.
 */
public final class Hostile {
  /** What a refusal may take: seconds. */
  public static final int SECONDS = 20;

  /** What a refusal may allocate in all: bytes. */
  public static final long BYTES = 1L << 30;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Hostile() {}

  /** A file by name; skips the test with a message if there is none. */
  public static Path file(String name) {
    Path file = Path.of(System.getProperty("hostile.dir", "../../shared/cases/hostile"));
    Skip.unless(
        Files.isRegularFile(file.resolve(name)), "no hostile file at " + file.toAbsolutePath());
    return file.resolve(name);
  }

  /** Something that may fail. */
  @FunctionalInterface
  public interface Action {
    /** Does it. */
    void run() throws Exception;
  }

  /**
   * Does something in this thread.
   *
   * @return bytes of the Java heap that were allocated for it, whether they are free again or not
   */
  public static long allocated(Action action) throws Exception {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    action.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
