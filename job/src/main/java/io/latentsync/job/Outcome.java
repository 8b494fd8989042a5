package io.latentsync.job;

import java.time.Duration;
import java.util.Map;

/** What became of a request. */
sealed interface Outcome {

  /** What was asked for. */
  DubRequest request();

  /** How long each stage took that was begun. */
  Map<Stage, Duration> times();

  /** The output is there. */
  record Done(Summary summary) implements Outcome {
    @Override
    public DubRequest request() {
      return summary.request();
    }

    @Override
    public Map<Stage, Duration> times() {
      return summary.times();
    }
  }

  /**
   * The output is not there.
   *
   * @param cause why
   */
  record Failed(DubRequest request, Map<Stage, Duration> times, Throwable cause)
      implements Outcome {}
}
