package io.latentsync.job.cli.progress;

import java.util.Locale;

/** The form in which a run shows its progress. */
public enum ProgressMode {
  /** {@link #BAR} if standard error is a terminal, else {@link #PLAIN}. */
  AUTO,
  /** Bars on standard error. */
  BAR,
  /** Lines of text on standard error. */
  PLAIN,
  /** JSON lines on standard output, which then has no other text. */
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

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
