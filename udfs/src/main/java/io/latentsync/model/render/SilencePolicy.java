package io.latentsync.model.render;

import java.util.Locale;

/** The policy for the lips in pauses of the new speech. */
public enum SilencePolicy {
  /** The lips are re-synthesised as in speech, as in the reference implementation. */
  RENDER,

  /** The networks' reference picture is the source frame of the shot with the most closed mouth. */
  REST,

  /** The frame is passed through if the source's mouth is closed, too. */
  KEEP;

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
