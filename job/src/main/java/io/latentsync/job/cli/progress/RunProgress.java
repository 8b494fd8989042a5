package io.latentsync.job.cli.progress;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.spark.ProgressDisplay;
import java.util.OptionalDouble;

/** The progress displays of a run's stages. */
public final class RunProgress implements ProgressDisplay.Opener {
  private final ProgressMode mode;

  /** The synthesis, which takes most of the time; null before it starts. */
  private volatile Work synthesis;

  public RunProgress(ProgressMode mode) {
    this.mode = mode.resolved();
  }

  /** Whether standard output contains only JSON lines. */
  public boolean isJson() {
    return mode == ProgressMode.JSON;
  }

  @Override
  public ProgressDisplay open(String name, String unit, long size) {
    Work work = Work.begin(name, unit, size);
    if (name.equals(Stage.SYNTHESISE.label())) {
      synthesis = work;
    }
    return switch (mode) {
      case BAR -> TerminalProgress.bar(work);
      case JSON ->
          new ProgressLines(work, state -> System.out.println(JsonLine.Progress.of(state).text()));
      case NONE -> new Silent(work);
      case AUTO, PLAIN -> TerminalProgress.lines(work);
    };
  }

  /** Estimated seconds until all requests are synthesised; empty if not known yet. */
  public OptionalDouble secondsLeft() {
    Work work = synthesis;
    return work == null ? OptionalDouble.empty() : work.state().secondsLeft();
  }

  /** A time as text, such as {@code 2:05:00}. */
  public static String clock(double seconds) {
    return WorkState.clock(seconds);
  }

  /** Shows nothing. */
  private record Silent(Work work) implements ProgressDisplay {
    @Override
    public void show(long done, long size) {
      work.set(done, size);
    }

    @Override
    public void note(String text) {
      work.note(text);
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
