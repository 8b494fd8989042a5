package io.latentsync.job.cli.progress;

import java.util.Locale;

/** How a run shows its progress. */
public enum ProgressMode {
  /** {@link #BAR} if standard error is a terminal, else {@link #PLAIN}. */
  AUTO,
  /** Bars on standard error. */
  BAR,
  /** Lines of text on standard error. */
  PLAIN,
  /** One JSON object a line on standard output, and no text there. */
  JSON,
  /** No progress. */
  NONE;

  /** This mode, with {@link #AUTO} replaced. */
  ProgressMode resolved() {
    if (this == AUTO) {
      return TerminalProgress.errorsGoToTerminal() ? BAR : PLAIN;
    }
    return this;
  }

  /** The value on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
