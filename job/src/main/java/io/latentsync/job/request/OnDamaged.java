package io.latentsync.job.request;

import java.util.Locale;

/** What becomes of a request whose video or speech is damaged. */
public enum OnDamaged {
  /** It fails if more than 1 % of what it needs is missing or has errors; else a note says so. */
  FAIL,

  /** It is dubbed as far as it can be read; a note says what is missing. */
  WARN;

  /** The word for it on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
