package io.latentsync.job.spark;

/** Shows the progress of some work. */
public interface ProgressDisplay extends AutoCloseable {

  /** Opens displays. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens a display.
     *
     * @param name name of the work
     * @param unit unit of the work, such as {@code frames}
     * @param size total amount, 0 or more
     */
    ProgressDisplay open(String name, String unit, long size);
  }

  /**
   * Shows the progress.
   *
   * @param done finished amount, 0 to size; it decreases if work is lost
   * @param size total amount; it may change
   */
  void show(long done, long size);

  /**
   * Sets a note that is shown from now on, such as the loss of a training.
   *
   * @param text without line breaks
   */
  void note(String text);

  /** Ends the display. Unfinished work is not shown as done. */
  @Override
  void close();
}
