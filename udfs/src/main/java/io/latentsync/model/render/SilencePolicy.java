package io.latentsync.model.render;

import java.util.Locale;

/** What becomes of the lips while the new speech is silent. */
public enum SilencePolicy {
  /** They are re-synthesised as in speech, as the reference implementation does. */
  RENDER,

  /**
   * They are re-synthesised with the source frame of the shot whose mouth is most closed as the
   * reference.
   */
  REST,

  /** The source's lips are shown where they rest, too. */
  KEEP;

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
