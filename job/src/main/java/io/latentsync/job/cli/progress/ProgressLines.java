package io.latentsync.job.cli.progress;

import io.latentsync.job.spark.ProgressDisplay;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Progress as lines for files, logs and schedulers: one at the beginning, one for every tenth of
 * the work, and one after each {@link #SILENCE} without a line. Work of size 0 has no lines.
 */
final class ProgressLines implements ProgressDisplay {
  /** The maximum time without a line. */
  static final Duration SILENCE = Duration.ofSeconds(30);

  private static final int STEP = 10;

  private final Work work;
  private final Consumer<WorkState> lines;
  private final Future<?> ticks;
  private long shown = -1;
  private long lastLine;

  /**
   * Starts the lines of some work and prints the first.
   *
   * @param lines prints a line
   */
  ProgressLines(Work work, Consumer<WorkState> lines) {
    this.work = work;
    this.lines = lines;
    showNewTenth();
    this.ticks = Ticker.everySecond(this::tick);
  }

  /**
   * The state as a line of text, such as {@code synthesise 45 %: 59 of 131 frames in 0:13, 4.50
   * frames/s}.
   */
  static String text(WorkState state) {
    return "%-10s %3d %%: %d of %d %s %s"
        .formatted(
            state.name(), state.percent(), state.done(), state.size(), state.unit(), state.pace());
  }

  @Override
  public synchronized void show(long done, long size) {
    work.set(done, size);
    showNewTenth();
  }

  private synchronized void showNewTenth() {
    WorkState state = work.state();
    long reached = state.percent() / STEP;
    if (reached > shown && state.size() > 0) {
      print(state);
    }
    shown = state.size() > 0 ? reached : shown;
  }

  private void print(WorkState state) {
    lines.accept(state);
    lastLine = work.now();
  }

  /** Prints a line if the last one is too old. */
  synchronized void tick() {
    WorkState state = work.state();
    if (state.size() > 0 && !state.isFinished() && work.now() - lastLine >= SILENCE.toNanos()) {
      print(state);
    }
  }

  @Override
  public void note(String text) {
    work.note(text);
  }

  @Override
  public void close() {
    ticks.cancel(false);
  }
}
