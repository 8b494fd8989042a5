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
 * Collects the measurements of one run's tasks. Spark transfers them to the driver with the tasks'
 * results. {@link #OFF} collects nothing.
 */
public final class RunProfile implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Spark's executor id of the driver. */
  private static final String DRIVER = "driver";

  /** A profile that measures nothing; {@link JobMetrics} still counts. */
  public static final RunProfile OFF = new RunProfile(0, false, null, null, null);

  private final int run;
  private final boolean memory;

  // All three are null if the profile is off.
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
   * A profile of a run.
   *
   * @param run number of the run, at least 1
   * @param memory whether to measure memory as well
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

  /** The trace of the driver's work for a request. */
  public Trace driver(String request) {
    return isOn() ? Trace.to(spans::add, DRIVER, Span.NONE, request) : Trace.OFF;
  }

  /** The trace of the calling task's work for a request. */
  Trace task(String request) {
    return isOn()
        ? Trace.to(spans::add, process(), TaskContext.get().taskAttemptId(), request)
        : Trace.OFF;
  }

  /**
   * Starts the measurement of the calling task's resources.
   *
   * @return empty if the profile is off
   * @throws IOException if {@code nvidia-smi} exists but cannot be started
   */
  Optional<StageMeter> meter(Stage stage) throws IOException {
    return isOn()
        ? Optional.of(StageMeter.begin(stage.label(), process(), memory))
        : Optional.empty();
  }

  /** Adds the measurements of a task. */
  void add(StageMeter.Measured measured) {
    uses.add(measured.use());
    measured.gpus().forEach(gpus::add);
  }

  /**
   * A cache key of an input that is different in each profiled run, so that a run does not use what
   * an earlier run cached.
   *
   * @param identity key of the input
   */
  public String ofThisRun(String identity) {
    return isOn() ? identity + "\nprofiled run " + run : identity;
  }

  /**
   * The measurements of the finished run.
   *
   * @param times duration of each stage
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
