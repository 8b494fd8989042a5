package io.latentsync.job.run;

import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.result.RequestTimes;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.WaitingTimes;
import io.latentsync.trace.Trace;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Tracks the stages of one request: sets the description of their Spark jobs, measures their times
 * and reports their progress.
 */
final class StageTracker {
  private final JavaSparkContext spark;
  private final Progress progress;
  private final RunProfile profile;
  private final WaitingTimes waiting;
  private final String request;
  private final long created = System.nanoTime();

  /** Guarded by itself. */
  private final Map<Stage, Duration> times = new EnumMap<>(Stage.class);

  /** A tracker for the request with an id. Its queued time starts here. */
  StageTracker(DubContext context, String request) {
    this.spark = context.spark();
    this.progress = context.progress();
    this.profile = context.profile();
    this.waiting = context.waiting();
    this.request = request;
  }

  /** The times of all ended or failed stages, and the queued time until now. */
  RequestTimes times() {
    synchronized (times) {
      RequestTimes own = new RequestTimes(new EnumMap<>(times), Duration.ZERO);
      Duration all = Duration.ofNanos(System.nanoTime() - created);
      return new RequestTimes(own.stages(), notNegative(all.minus(own.own())));
    }
  }

  private static Duration notNegative(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  /** Starts a stage; its time is measured until it is closed. */
  Running begin(Stage stage) {
    submitAs(stage);
    return new Running(stage, profile.driver(request).begin(stage.label()));
  }

  /** Measures the time of a stage whose job was submitted before. */
  Running time(Stage stage) {
    return new Running(stage, profile.driver(request).begin(stage.label()));
  }

  /** Sets the group, description and log context of this thread's further Spark jobs. */
  void submitAs(Stage stage) {
    // Cancelling a job interrupts its tasks, which stop at the next denoising step.
    spark.setJobGroup(request, stage.label() + " " + request, true);
    spark.setLocalProperty(WaitingTimes.STAGE, stage.label());
    // Spark passes properties that begin with mdc. to the tasks' logs.
    spark.setLocalProperty(WaitingTimes.REQUEST, request);
  }

  /** Reports that the request has entered a stage; returns the counter for its tasks. */
  LongAccumulator enter(Stage stage) {
    return progress.enter(stage, request);
  }

  /** Reports additional work in a stage. */
  void expectMore(Stage stage, long size) {
    progress.expectMore(stage, request, size);
  }

  /** Reports that a stage is finished. */
  void finish(Stage stage) {
    progress.finish(stage, request);
  }

  /** A running stage. */
  final class Running implements AutoCloseable {
    private final Stage stage;
    private final Trace.Running span;
    private final Duration waitedBefore;
    private final long start = System.nanoTime();

    private Running(Stage stage, Trace.Running span) {
      this.stage = stage;
      this.span = span;
      this.waitedBefore = waiting.of(request, stage);
    }

    @Override
    public void close() {
      Duration all = Duration.ofNanos(System.nanoTime() - start);
      Duration waited = waiting.of(request, stage).minus(waitedBefore);
      synchronized (times) {
        times.put(stage, notNegative(all.minus(waited)));
      }
      span.close();
    }
  }
}
