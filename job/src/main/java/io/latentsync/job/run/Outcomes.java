package io.latentsync.job.run;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outcomes of a batch's requests. Each is passed on when its request ends. For several threads.
 */
final class Outcomes {
  private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

  private final Consumer<Outcome> listener;
  private final Map<DubJob, Outcome> outcomes = new HashMap<>();
  private boolean stopping;

  /**
   * No outcomes yet.
   *
   * @param listener receives each outcome, one at a time
   */
  Outcomes(Consumer<Outcome> listener) {
    this.listener = listener;
  }

  /** Records how a request ended. */
  synchronized void put(DubJob job, Outcome outcome) {
    outcomes.put(job, outcome);
    listener.accept(outcome);
  }

  /**
   * Records a failure and releases the request's staging. If the batch is stopping, that may be why
   * it failed, and nothing is recorded. {@link ExecutorService#invokeAll} interrupts the threads of
   * requests before the batch knows that it is stopping.
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

  /** Says that requests are about to be interrupted. */
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
      log.warn("the staging of {} is not released: {}", job.request().id(), e.getMessage(), e);
    }
  }

  /** The outcome of each request, in order. All must have one. */
  synchronized List<Outcome> of(List<DubJob> jobs) {
    return jobs.stream().map(outcomes::get).toList();
  }
}
