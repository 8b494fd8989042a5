package io.latentsync.train;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a stage has come. */
final class Progress {
  private Progress() {}

  static ProgressBar bar(String name, long max) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(max)
        .showSpeed()
        .setStyle(ProgressBarStyle.ASCII)
        .build();
  }
}
