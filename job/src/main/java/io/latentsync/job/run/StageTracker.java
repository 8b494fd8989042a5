package io.latentsync.job.run;

import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.spark.Progress;
import io.latentsync.trace.Trace;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Begins and ends the stages of one request: names what is submitted to Spark after them, takes
 * their times, and moves their progress.
 */
final class StageTracker {
  private final JavaSparkContext spark;
  private final Progress progress;
  private final RunProfile profile;
  private final String request;
  private final Map<Stage, Duration> times = new EnumMap<>(Stage.class);

  /** The stages of a request, by its id. */
  StageTracker(JavaSparkContext spark, Progress progress, RunProfile profile, String request) {
    this.spark = spark;
    this.progress = progress;
    this.profile = profile;
    this.request = request;
  }

  /** How long each stage that has been begun took; until it failed, if it did. */
  Map<Stage, Duration> times() {
    return new EnumMap<>(times);
  }

  /** Begins a stage, whose time is taken until it is closed. */
  Running begin(Stage stage) {
    submitAs(stage);
    return new Running(stage, profile.driver(request).begin(stage.label()));
  }

  /** Takes the time of a stage that was submitted before. */
  Running time(Stage stage) {
    return new Running(stage, profile.driver(request).begin(stage.label()));
  }

  /** What this thread submits from here on carries the stage's name and goes into its pool. */
  void submitAs(Stage stage) {
    spark.setJobGroup(request, stage.label() + " " + request);
    spark.setLocalProperty("spark.scheduler.pool", stage.label());
    // Spark hands what begins with mdc. to the logs of the tasks.
    spark.setLocalProperty("mdc.request", request);
  }

  /** Shows that the request is in a stage; returns what its tasks count their work with. */
  LongAccumulator enter(Stage stage) {
    return progress.enter(stage, request);
  }

  /** Shows that more is to be done in a stage than was expected. */
  void expectMore(Stage stage, long size) {
    progress.expectMore(stage, request, size);
  }

  /** Shows that all of a stage is done. */
  void finish(Stage stage) {
    progress.finish(stage, request);
  }

  /** A stage under way. */
  final class Running implements AutoCloseable {
    private final Stage stage;
    private final Trace.Running span;
    private final long start = System.nanoTime();

    private Running(Stage stage, Trace.Running span) {
      this.stage = stage;
      this.span = span;
    }

    @Override
    public void close() {
      times.put(stage, Duration.ofNanos(System.nanoTime() - start));
      span.close();
    }
  }
}
