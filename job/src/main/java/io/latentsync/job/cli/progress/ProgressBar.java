package io.latentsync.job.cli.progress;

import io.latentsync.job.spark.ProgressDisplay;

/** A progress bar with speed and remaining time, one of the bars of a terminal. */
final class ProgressBar implements ProgressDisplay {
  private final Work work;
  private final TerminalBars bars;

  ProgressBar(Work work, TerminalBars bars) {
    this.work = work;
    this.bars = bars;
    bars.add(work);
  }

  @Override
  public void show(long done, long size) {
    work.set(done, size);
    bars.draw();
  }

  @Override
  public void note(String text) {
    work.note(text);
  }

  @Override
  public void close() {
    bars.remove(work);
  }
}
