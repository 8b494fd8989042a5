package io.latentsync.job.cli;

import io.latentsync.job.spark.ProgressDisplay;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with the speed and the time left, for a terminal. */
final class ProgressBarDisplay implements ProgressDisplay {
  private static final int UPDATE_MILLIS = 500;

  private final ProgressBar bar;

  ProgressBarDisplay(String name, String unit, long size) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(String.format("%-10s", name))
            .setInitialMax(size)
            .setUnit(" " + unit, 1)
            .showSpeed()
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .build();
  }

  @Override
  public void show(long done, long size) {
    bar.maxHint(size);
    bar.stepTo(done);
  }

  @Override
  public void note(String text) {
    bar.setExtraMessage(text);
  }

  @Override
  public void close() {
    bar.close();
  }
}
