package io.latentsync.job.metrics;

import java.util.Locale;

/** The stages of a request, in order. The speech stage runs at the same time as the analysis. */
public enum Stage {
  PLAN("videos"),
  ANALYSE("frames"),
  SPEECH("videos"),
  SYNTHESISE("frames"),
  STITCH("videos"),
  VALIDATE("frames");

  private final String unit;

  Stage(String unit) {
    this.unit = unit;
  }

  /** The name shown to the user, which is also the name of its scheduler pool. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The unit of the stage's progress. */
  public String unit() {
    return unit;
  }
}
