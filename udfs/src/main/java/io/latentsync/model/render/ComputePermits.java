package io.latentsync.model.render;

import java.util.concurrent.Semaphore;

/**
 * Limits how many tasks of a process compute networks on one device at the same time. The others
 * wait in the order of their requests; meanwhile, their frames are decoded and encoded.
 */
public final class ComputePermits {
  /** Permits of a device without a limit. */
  public static final ComputePermits UNLIMITED = new ComputePermits(Integer.MAX_VALUE);

  private final int tasks;
  private final Semaphore free;

  /**
   * Permits for one device.
   *
   * @param tasks maximum number of tasks that compute at the same time, at least 1
   */
  public ComputePermits(int tasks) {
    if (tasks < 1) {
      throw new IllegalArgumentException("tasks is %d, but must be at least 1".formatted(tasks));
    }
    this.tasks = tasks;
    this.free = new Semaphore(tasks, true);
  }

  /** The right to compute on the device until it is closed. */
  public interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /** The maximum number of tasks that compute at the same time. */
  public int tasks() {
    return tasks;
  }

  /** Whether the number of tasks is limited. */
  boolean areLimited() {
    return tasks < Integer.MAX_VALUE;
  }

  /**
   * Waits for a permit.
   *
   * @throws InterruptedException if this thread is interrupted while it waits
   */
  public Permit acquire() throws InterruptedException {
    free.acquire();
    return free::release;
  }

  /** Whether a task waits for a permit. */
  public boolean areAwaited() {
    return free.hasQueuedThreads();
  }
}
