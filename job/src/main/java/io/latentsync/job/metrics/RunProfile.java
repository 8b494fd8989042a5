package io.latentsync.job.metrics;

import io.latentsync.trace.Span;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Where the tasks of one run leave what they measure, wherever they run: it comes to the driver
 * with their results. {@link #OFF} takes nothing.
 */
public final class RunProfile implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Spark's own name of the driver among the executors. */
  private static final String DRIVER = "driver";

  /** Nothing is measured but what {@link JobMetrics} counts. */
  public static final RunProfile OFF = new RunProfile(0, false, null, null, null);

  private final int run;
  private final boolean memory;

  // All three are null if nothing is measured.
  private final CollectionAccumulator<Span> spans;
  private final CollectionAccumulator<StageUse> uses;
  private final CollectionAccumulator<GpuUse> gpus;

  private RunProfile(
      int run,
      boolean memory,
      CollectionAccumulator<Span> spans,
      CollectionAccumulator<StageUse> uses,
      CollectionAccumulator<GpuUse> gpus) {
    this.run = run;
    this.memory = memory;
    this.spans = spans;
    this.uses = uses;
    this.gpus = gpus;
  }

  /**
   * Measures a run.
   *
   * @param run its number, at least 1
   * @param memory whether to look at the memory too
   */
  public static RunProfile begin(SparkContext spark, int run, boolean memory) {
    return new RunProfile(
        run,
        memory,
        spark.collectionAccumulator(),
        spark.collectionAccumulator(),
        spark.collectionAccumulator());
  }

  public boolean isOn() {
    return spans != null;
  }

  /** What the driver does for a request. */
  public Trace driver(String request) {
    return isOn() ? Trace.to(spans::add, DRIVER, Span.NONE, request) : Trace.OFF;
  }

  /** What the task that calls this does for a request. */
  Trace task(String request) {
    return isOn()
        ? Trace.to(spans::add, process(), TaskContext.get().taskAttemptId(), request)
        : Trace.OFF;
  }

  /**
   * Begins to measure what the task that calls this uses.
   *
   * @return empty if nothing is measured
   * @throws IOException if there is a program to watch GPUs with that cannot be started
   */
  Optional<StageMeter> meter(Stage stage) throws IOException {
    return isOn()
        ? Optional.of(StageMeter.begin(stage.label(), process(), memory))
        : Optional.empty();
  }

  /** Takes what a task has used. */
  void add(StageMeter.Measured measured) {
    uses.add(measured.use());
    measured.gpus().forEach(gpus::add);
  }

  /**
   * Identifies an input of this run among the same inputs of other runs, so that what they have in
   * the caches is not taken for this one.
   *
   * @param identity identity among other inputs
   */
  public String ofThisRun(String identity) {
    return isOn() ? identity + "\nprofiled run " + run : identity;
  }

  /**
   * What was measured, when the run is over.
   *
   * @param times how long each stage took
   * @param outputSha256 checksum of the dubbed video
   */
  public RunMeasures measures(Map<Stage, Duration> times, String outputSha256) {
    Map<String, Double> seconds = new LinkedHashMap<>();
    times.forEach((stage, time) -> seconds.put(stage.label(), time.toNanos() / 1e9));
    return new RunMeasures(
        seconds,
        List.copyOf(spans.value()),
        List.copyOf(uses.value()),
        List.copyOf(gpus.value()),
        outputSha256);
  }

  private static String process() {
    return SparkEnv.get().executorId();
  }
}
