package io.latentsync.job.metrics;

import com.codahale.metrics.Timer;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.util.Optional;
import org.apache.spark.TaskContext;

/**
 * Measures the duration of the current task for {@link JobMetrics} and, if it is on, the profile of
 * the run. The measurement ends when this is closed.
 */
public final class TaskTime implements AutoCloseable {
  private final RunProfile profile;
  private final Trace trace;
  private final Optional<StageMeter> meter;
  private final Trace.Running span;
  private final Timer.Context timer;

  /**
   * Starts the measurement.
   *
   * @param request id of the request that the task is for
   * @throws IOException if {@code nvidia-smi} exists but cannot be started
   */
  public TaskTime(Stage stage, String request, RunProfile profile) throws IOException {
    this.profile = profile;
    this.trace = profile.task(request);
    this.meter = profile.meter(stage);
    this.span = trace.begin(stage.label());
    this.timer = JobMetrics.stage(stage).time();
    if (TaskContext.get() != null && TaskContext.get().attemptNumber() > 0) {
      JobMetrics.TASK_RETRIES.inc();
    }
  }

  /** The trace of the task's work. */
  public Trace trace() {
    return trace;
  }

  @Override
  public void close() {
    timer.stop();
    span.close();
    meter.ifPresent(running -> profile.add(running.finish()));
  }
}
