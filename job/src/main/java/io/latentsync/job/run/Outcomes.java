package io.latentsync.job.run;

import io.latentsync.job.result.Outcome;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outcomes of a batch's requests. A listener receives each one when its request ends.
 * Thread-safe.
 */
final class Outcomes {
  private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

  private final Consumer<Outcome> listener;
  private final Map<DubJob, Outcome> outcomes = new HashMap<>();
  private boolean stopping;

  /**
   * The outcomes of a batch that starts.
   *
   * @param listener receives each outcome, one at a time
   */
  Outcomes(Consumer<Outcome> listener) {
    this.listener = listener;
  }

  /** Records the outcome of a request. */
  synchronized void put(DubJob job, Outcome outcome) {
    outcomes.put(job, outcome);
    listener.accept(outcome);
  }

  /**
   * Records a failure and releases the request's staging folder. Records nothing if the batch is
   * stopping, because that may be the cause of the failure. {@link ExecutorService#invokeAll}
   * interrupts the requests' threads before {@link #expectInterrupts} is called, so an interrupt
   * also counts as stopping.
   */
  synchronized void fail(DubJob job, Throwable cause) {
    if (stopping
        || cause instanceof InterruptedException
        || Thread.currentThread().isInterrupted()) {
      return;
    }
    try {
      job.close();
    } catch (IOException closing) {
      cause.addSuppressed(closing);
    }
    put(job, new Outcome.Failed(job.request(), job.times(), cause));
  }

  synchronized boolean isStopping() {
    return stopping;
  }

  /** Announces that the threads of requests will be interrupted. */
  synchronized void expectInterrupts() {
    stopping = true;
  }

  /** Records that the requests without an outcome were interrupted, and releases their staging. */
  synchronized void interruptOthers(List<DubJob> jobs) {
    for (DubJob job : jobs) {
      if (!outcomes.containsKey(job)) {
        put(job, new Outcome.Interrupted(job.request(), job.times()));
        release(job);
      }
    }
  }

  /** Releases the staging of a request that has ended; a failure does not change its outcome. */
  static void release(DubJob job) {
    try {
      job.close();
    } catch (IOException e) {
      log.warn(
          "the staging folder of {} cannot be released: {}", job.request().id(), e.getMessage(), e);
    }
  }

  /** The outcome of each request, in order. All must have one. */
  synchronized List<Outcome> of(List<DubJob> jobs) {
    return jobs.stream().map(outcomes::get).toList();
  }
}
