package io.latentsync.job.storage;

import java.io.IOException;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is still to be done when the process is asked to end (Ctrl-C, SIGTERM), in an order with
 * Spark's and Hadoop's own hooks.
 */
public final class ExitTasks {
  private static final Logger log = LoggerFactory.getLogger(ExitTasks.class);

  /** When, among these tasks. Spark's own hook has the priority 40, Hadoop's file systems 10. */
  public enum Order {
    /** What must end before Spark stops. */
    BEFORE_SPARK(60),
    /** What the tasks were writing. */
    FIRST(22),
    /** The folder that this lies in. */
    SECOND(21),
    /** After all other hooks of Hadoop. */
    LAST(1);

    private final int priority;

    Order(int priority) {
      this.priority = priority;
    }
  }

  /** Something to clean up. */
  @FunctionalInterface
  public interface Task {
    /** Cleans up. */
    void run() throws IOException;
  }

  private ExitTasks() {}

  /**
   * Has a task done at the end.
   *
   * @return takes it back
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
