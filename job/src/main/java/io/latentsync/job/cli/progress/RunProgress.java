package io.latentsync.job.cli.progress;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.spark.ProgressDisplay;
import java.util.OptionalDouble;

/** The progress of a run, stage by stage. */
public final class RunProgress implements ProgressDisplay.Opener {
  private final ProgressMode mode;

  /** The work that takes by far the longest; null before it begins. */
  private volatile Work synthesis;

  public RunProgress(ProgressMode mode) {
    this.mode = mode.resolved();
  }

  /** Whether standard output is for JSON lines alone. */
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

  /** Seconds until all requests are synthesised; empty if that is not known yet. */
  public OptionalDouble secondsLeft() {
    Work work = synthesis;
    return work == null ? OptionalDouble.empty() : work.state().secondsLeft();
  }

  /** The same as people read it, such as {@code 2:05:00}. */
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
