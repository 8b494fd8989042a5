package io.latentsync.job.metrics;

import com.codahale.metrics.Timer;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.util.Optional;

/**
 * Takes the time of the task that it is made in, until it is closed: for {@link JobMetrics}, and
 * for the profile of the run, if one is made.
 */
public final class TaskTime implements AutoCloseable {
  private final RunProfile profile;
  private final Trace trace;
  private final Optional<StageMeter> meter;
  private final Trace.Running span;
  private final Timer.Context timer;

  /**
   * Begins.
   *
   * @param request id of the request that the task is for
   * @throws IOException if there is a program to watch GPUs with that cannot be started
   */
  public TaskTime(Stage stage, String request, RunProfile profile) throws IOException {
    this.profile = profile;
    this.trace = profile.task(request);
    this.meter = profile.meter(stage);
    this.span = trace.begin(stage.label());
    this.timer = JobMetrics.stage(stage).time();
  }

  /** For what the task does in turn. */
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
