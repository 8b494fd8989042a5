package io.latentsync.job.run;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.record.RequestResult;
import java.time.Duration;
import java.util.Map;

/** The outcome of a request. */
public sealed interface Outcome {

  /** The request. */
  DubRequest request();

  /** The output was written. */
  record Done(Summary summary) implements Outcome {
    @Override
    public DubRequest request() {
      return summary.request();
    }
  }

  /**
   * The output existed: an earlier run made it from the same inputs with the same options.
   *
   * @param row result row of that run
   */
  record Kept(DubRequest request, RequestResult row) implements Outcome {}

  /**
   * The request failed.
   *
   * @param times duration of each stage that was started
   * @param cause cause of the failure
   */
  record Failed(DubRequest request, Map<Stage, Duration> times, Throwable cause)
      implements Outcome {}

  /**
   * A signal stopped the run before the request was finished. The same command continues it.
   *
   * @param times duration of each stage that was started; empty if the request had not begun
   */
  record Interrupted(DubRequest request, Map<Stage, Duration> times) implements Outcome {}
}
