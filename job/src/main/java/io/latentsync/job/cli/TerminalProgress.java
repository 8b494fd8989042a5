package io.latentsync.job.cli;

import com.sun.jna.NativeLibrary;
import io.latentsync.job.spark.ProgressDisplay;

/** Opens displays of progress on standard error. */
public final class TerminalProgress {
  private TerminalProgress() {}

  /**
   * A bar that moves where standard error is a terminal, else a line for every tenth of the work.
   *
   * @param name what is under way
   * @param unit what its work is counted in, such as {@code frames}
   * @param size how much there is, 0 or more
   */
  public static ProgressDisplay open(String name, String unit, long size) {
    return errorsGoToTerminal()
        ? new ProgressBarDisplay(name, unit, size)
        : new ProgressLines(name, unit, size, System.err);
  }

  private static boolean errorsGoToTerminal() {
    int standardError = 2;
    return NativeLibrary.getProcess().getFunction("isatty").invokeInt(new Object[] {standardError})
        == 1;
  }
}
