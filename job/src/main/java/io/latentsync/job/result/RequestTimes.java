package io.latentsync.job.result;

import io.latentsync.job.metrics.Stage;
import java.time.Duration;
import java.util.Map;

/**
 * The times of a request in a run.
 *
 * @param stages time of each started stage, in order, during which the driver or a task worked for
 *     the request. The analysis is missing if another request or an earlier run made it. The speech
 *     stage counts from the end of the analysis.
 * @param queued the rest of the time from the run's start to the request's end, in which the
 *     request waited for a core, for the check of the layers, or for the analysis of another
 *     request
 */
public record RequestTimes(Map<Stage, Duration> stages, Duration queued) {
  /** The times of a request that has not started. */
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
