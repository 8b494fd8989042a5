package io.latentsync.job.result;

import io.latentsync.job.request.DubRequest;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;

/** The outcome of a request. */
public sealed interface Outcome {

  /** The request. */
  DubRequest request();

  /** The status in the results. */
  RequestStatus status();

  /** The times of the request in this run. */
  RequestTimes times();

  /** The output was written. */
  record Done(Summary summary) implements Outcome {
    @Override
    public DubRequest request() {
      return summary.request();
    }

    @Override
    public RequestStatus status() {
      return RequestStatus.done;
    }

    @Override
    public RequestTimes times() {
      return summary.times();
    }
  }

  /**
   * The output existed: an earlier run made it from the same inputs with the same options.
   *
   * @param row result row of that run
   */
  record Kept(DubRequest request, RequestResult row) implements Outcome {
    @Override
    public RequestStatus status() {
      return RequestStatus.kept;
    }

    @Override
    public RequestTimes times() {
      return RequestTimes.NONE;
    }
  }

  /**
   * The request failed.
   *
   * @param times stage times until the failure
   * @param cause cause of the failure
   */
  record Failed(DubRequest request, RequestTimes times, Throwable cause) implements Outcome {
    @Override
    public RequestStatus status() {
      return RequestStatus.failed;
    }
  }

  /**
   * A signal stopped the run before the request was finished. The same command continues it.
   *
   * @param times stage times until the signal; empty if the request had not started
   */
  record Interrupted(DubRequest request, RequestTimes times) implements Outcome {
    @Override
    public RequestStatus status() {
      return RequestStatus.interrupted;
    }
  }

  /** The user did not select the request. */
  record Skipped(DubRequest request) implements Outcome {
    @Override
    public RequestStatus status() {
      return RequestStatus.skipped;
    }

    @Override
    public RequestTimes times() {
      return RequestTimes.NONE;
    }
  }
}
