package io.latentsync.job;

import java.util.Locale;

/** The stages on a request's way, in order; the speech's is beside the analysis. */
enum Stage {
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
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What its work is counted in. */
  String unit() {
    return unit;
  }
}
