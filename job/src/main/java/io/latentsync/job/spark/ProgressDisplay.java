package io.latentsync.job.spark;

import com.sun.jna.NativeLibrary;

/**
 * Shows the user on standard error how far something is: by a bar that moves where that is a
 * terminal, else by a line for every tenth of the work.
 */
public sealed interface ProgressDisplay extends AutoCloseable
    permits ProgressBarDisplay, ProgressLines {
  /**
   * Begins.
   *
   * @param name what is under way
   * @param unit what its work is counted in, such as {@code frames}
   * @param size how much there is, 0 or more
   */
  static ProgressDisplay open(String name, String unit, long size) {
    return errorsGoToTerminal()
        ? new ProgressBarDisplay(name, unit, size)
        : new ProgressLines(name, unit, size, System.err);
  }

  private static boolean errorsGoToTerminal() {
    int standardError = 2;
    return NativeLibrary.getProcess().getFunction("isatty").invokeInt(new Object[] {standardError})
        == 1;
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
