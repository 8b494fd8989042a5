package io.latentsync.job.run;

import io.latentsync.job.metrics.Stage;
import java.time.Duration;
import java.util.Map;

/**
 * How long a request took in a run.
 *
 * @param stages time of each started stage, in order, in which one of its tasks or the driver
 *     worked for the request; without the analysis if another request or an earlier run made it;
 *     for the speech stage, only the time after the end of the analysis
 * @param queued the rest of the time from the run's start to the request's end: the request waited
 *     for a core, for the check of the layers, or for the analysis of another request
 */
public record RequestTimes(Map<Stage, Duration> stages, Duration queued) {
  /** Those of a request that has not begun. */
  public static final RequestTimes NONE = new RequestTimes(Map.of(), Duration.ZERO);

  /** The time of all stages. */
  public Duration own() {
    return stages.values().stream().reduce(Duration.ZERO, Duration::plus);
  }

  /** Whether no stage was started. */
  public boolean isEmpty() {
    return stages.isEmpty();
  }
}
