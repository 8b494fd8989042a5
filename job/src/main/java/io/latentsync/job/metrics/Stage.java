package io.latentsync.job.metrics;

import java.util.Locale;

/** The stages on a request's way, in order; the speech's is beside the analysis. */
public enum Stage {
  PLAN("videos"),
  ANALYSE("frames"),
  SPEECH("videos"),
  SYNTHESISE("frames"),
  STITCH("videos");

  private final String unit;

  Stage(String unit) {
    this.unit = unit;
  }

  /** What the user sees, and the name of the pool that the cluster schedules it in. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What its work is counted in. */
  public String unit() {
    return unit;
  }
}
