package io.latentsync.job.cli;

import io.latentsync.job.spark.ProgressDisplay;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Progress as lines for files and logs: one at the beginning and one for every tenth of the work.
 */
final class ProgressLines implements ProgressDisplay {
  private static final int PERCENT = 100;
  private static final int STEP = 10;

  private final String name;
  private final String unit;
  private final PrintStream out;
  private final long start = System.nanoTime();
  private String note = "";
  private long shown = -1;

  ProgressLines(String name, String unit, long size, PrintStream out) {
    this.name = name;
    this.unit = unit;
    this.out = out;
    show(0, size);
  }

  @Override
  public synchronized void show(long done, long size) {
    long percent = size == 0 ? 0 : PERCENT * done / size;
    long reached = percent / STEP;
    if (reached > shown) {
      out.println(
          String.format(
              Locale.ROOT,
              "%-10s %3d %%: %d of %d %s, %d s%s",
              name,
              percent,
              done,
              size,
              unit,
              (System.nanoTime() - start) / 1_000_000_000,
              note.isEmpty() ? "" : ", " + note));
    }
    shown = reached;
  }

  @Override
  public synchronized void note(String text) {
    note = text;
  }

  @Override
  public void close() {
    // All lines have been printed.
  }
}
