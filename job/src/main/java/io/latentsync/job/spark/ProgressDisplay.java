package io.latentsync.job.spark;

/** Shows the user how far something is. */
public interface ProgressDisplay extends AutoCloseable {

  /** Begins displays. */
  @FunctionalInterface
  interface Opener {
    /**
     * Begins a display.
     *
     * @param name what is under way
     * @param unit what its work is counted in, such as {@code frames}
     * @param size how much there is, 0 or more
     */
    ProgressDisplay open(String name, String unit, long size);
  }

  /**
   * Shows how far it is.
   *
   * @param done 0 to size; less than before if work was lost
   * @param size how much there is; it may change
   */
  void show(long done, long size);

  /**
   * Adds a few words to what is shown from now on, such as the loss of a training.
   *
   * @param text without line breaks
   */
  void note(String text);

  /** Ends; what is not done is not shown as done. */
  @Override
  void close();
}
