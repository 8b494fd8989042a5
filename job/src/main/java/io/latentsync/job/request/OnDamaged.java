package io.latentsync.job.request;

import java.util.Locale;

/** The policy for a request whose video or speech is damaged. */
public enum OnDamaged {
  /**
   * The request fails if more than 1 % of the needed frames or sound is missing or has decoding
   * errors. A note reports smaller damage.
   */
  FAIL,

  /** The request is dubbed with all that can be decoded. A note reports the damage. */
  WARN;

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
