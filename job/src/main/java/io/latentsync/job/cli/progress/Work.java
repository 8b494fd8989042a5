package io.latentsync.job.cli.progress;

import java.util.function.LongSupplier;

/** Work in progress: the finished amount and the start time. Thread-safe. */
final class Work {
  private final String name;
  private final String unit;
  private final LongSupplier nanoTime;
  private final long start;
  private long done;
  private long size;
  private String note = "";

  /**
   * Work that starts now.
   *
   * @param name name of the work
   * @param unit unit of the work, such as {@code frames}
   * @param size total amount, 0 or more
   * @param nanoTime the clock, such as {@code System::nanoTime}
   */
  Work(String name, String unit, long size, LongSupplier nanoTime) {
    this.name = name;
    this.unit = unit;
    this.size = size;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  /** Work that starts now, with the clock of this machine. */
  static Work begin(String name, String unit, long size) {
    return new Work(name, unit, size, System::nanoTime);
  }

  synchronized void set(long nowDone, long nowSize) {
    done = nowDone;
    size = nowSize;
  }

  synchronized void note(String text) {
    note = text;
  }

  /** The current state. */
  synchronized WorkState state() {
    return new WorkState(name, unit, done, size, (nanoTime.getAsLong() - start) / 1e9, note);
  }

  /** The clock of this work, in nanoseconds. */
  long now() {
    return nanoTime.getAsLong();
  }
}
