package io.latentsync.audio;

import java.util.Locale;

/**
 * The layout of the audio encoder's 30 s windows over a track. Rows are those of {@link
 * FeatureWindows}, 50 per second.
 */
public enum AudioWindows {
  /**
   * Consecutive windows, as in the reference implementation. The first rows of a window are encoded
   * without the speech before them, and the lips may jump there.
   */
  REFERENCE(0),

  /**
   * Windows that start every 20 s. Each row, except those at the track's ends, has at least 5 s of
   * speech on both sides in its window. The first 30 s of a longer track, and all of a shorter one,
   * start with the reference's window.
   */
  OVERLAP(250);

  private final int context;

  AudioWindows(int context) {
    this.context = context;
  }

  /** Rows from one window's start to the next one's. */
  private int step() {
    return FeatureWindows.WINDOW_ROWS - 2 * context;
  }

  /**
   * The number of windows of a track; at least one, also for a track without rows.
   *
   * @param rows of the track
   */
  public int count(long rows) {
    long behindFirst = Math.max(0, rows - FeatureWindows.WINDOW_ROWS);
    return Math.toIntExact((behindFirst + step() - 1) / step() + 1);
  }

  /**
   * The window that a row's features come from.
   *
   * @param row from 0
   * @param rows of the track
   */
  public int windowOf(long row, long rows) {
    return (int) Math.max(0, Math.min((row - context) / step(), count(rows) - 1));
  }

  /** The first row of a window. */
  public long firstRow(int window) {
    return (long) window * step();
  }

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
