package io.latentsync.job.cli;

import com.sun.jna.NativeLibrary;
import io.latentsync.job.spark.ProgressDisplay;

/** Opens displays of progress on standard error. */
public final class TerminalProgress {
  private TerminalProgress() {}

  /**
   * A bar if standard error is a terminal, else a line for every tenth of the work.
   *
   * @param name name of the work
   * @param unit unit of the work, such as {@code frames}
   * @param size amount of work, 0 or more
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
