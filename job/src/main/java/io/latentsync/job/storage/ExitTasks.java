package io.latentsync.job.storage;

import java.io.IOException;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleanup tasks at the end of the process, also after Ctrl-C and SIGTERM. They run in a defined
 * order relative to the shutdown hooks of Spark and Hadoop.
 */
public final class ExitTasks {
  private static final Logger log = LoggerFactory.getLogger(ExitTasks.class);

  /**
   * The order of the tasks. Spark's hook has priority 40, the hook of Hadoop's file systems has
   * priority 10.
   */
  public enum Order {
    /** Work that must end before Spark stops. */
    BEFORE_SPARK(60),
    /** Files that tasks were writing. */
    FIRST(22),
    /** The folder that contains those files. */
    SECOND(21),
    /** After all other hooks of Hadoop. */
    LAST(1);

    private final int priority;

    Order(int priority) {
      this.priority = priority;
    }
  }

  /** A cleanup task. */
  @FunctionalInterface
  public interface Task {
    /** Cleans up. */
    void run() throws IOException;
  }

  private ExitTasks() {}

  /**
   * Registers a task.
   *
   * @return a function that cancels the registration
   */
  public static Runnable add(Order order, Task task) {
    Runnable hook =
        () -> {
          try {
            task.run();
          } catch (IOException e) {
            log.warn("could not clean up: {}", e.getMessage(), e);
          }
        };
    ShutdownHookManager hooks = ShutdownHookManager.get();
    hooks.addShutdownHook(hook, order.priority);
    return () -> {
      if (!hooks.isShutdownInProgress()) {
        hooks.removeShutdownHook(hook);
      }
    };
  }
}
