package io.latentsync.job.cli.progress;

import com.sun.jna.NativeLibrary;
import io.latentsync.job.spark.ProgressDisplay;

/** Opens displays of progress on standard error. */
public final class TerminalProgress {
  private static final int STANDARD_ERROR = 2;

  private TerminalProgress() {}

  /**
   * A bar if standard error is a terminal, else a line for every tenth of the work and at least
   * every 30 s.
   *
   * @param name name of the work
   * @param unit unit of the work, such as {@code frames}
   * @param size amount of work, 0 or more
   */
  public static ProgressDisplay open(String name, String unit, long size) {
    Work work = Work.begin(name, unit, size);
    return errorsGoToTerminal() ? bar(work) : lines(work);
  }

  static ProgressDisplay bar(Work work) {
    return new ProgressBar(work, TerminalBars.OF_ERRORS);
  }

  static ProgressDisplay lines(Work work) {
    return new ProgressLines(work, state -> System.err.println(ProgressLines.text(state)));
  }

  static boolean errorsGoToTerminal() {
    return NativeLibrary.getProcess().getFunction("isatty").invokeInt(new Object[] {STANDARD_ERROR})
        == 1;
  }
}
