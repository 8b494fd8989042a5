package io.latentsync.job.run;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.record.RequestResult;
import java.time.Duration;
import java.util.Map;

/** What became of a request. */
public sealed interface Outcome {

  /** What was asked for. */
  DubRequest request();

  /** The output is there. */
  record Done(Summary summary) implements Outcome {
    @Override
    public DubRequest request() {
      return summary.request();
    }
  }

  /**
   * The output was there already: an earlier run of the batch made it from the same inputs with the
   * same options.
   *
   * @param row what that run said of it
   */
  record Kept(DubRequest request, RequestResult row) implements Outcome {}

  /**
   * The output is not there.
   *
   * @param times how long each stage took that was begun
   * @param cause why
   */
  record Failed(DubRequest request, Map<Stage, Duration> times, Throwable cause)
      implements Outcome {}
}
