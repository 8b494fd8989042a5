package io.latentsync.audio;

import java.util.Locale;

/**
 * How the audio encoder's windows of 30 s are laid over a track. Rows are those of {@link
 * FeatureWindows}, 50 a second.
 */
public enum AudioWindows {
  /**
   * One behind the other, as in the reference implementation. The context at a window's first row
   * knows nothing of the speech before it, and the lips may jump there.
   */
  REFERENCE(0),

  /**
   * 20 s apart, so that each row but those at the track's ends has 5 s or more of speech on both
   * sides in its window. The first 30 s of a longer track, and all of a shorter one, start with the
   * reference's window.
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
   * Windows that a track needs; at least one, even for a track without rows.
   *
   * @param rows of the track
   */
  public int count(long rows) {
    long behindFirst = Math.max(0, rows - FeatureWindows.WINDOW_ROWS);
    return Math.toIntExact((behindFirst + step() - 1) / step() + 1);
  }

  /**
   * The window whose features a row gets.
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

  /** The name in lower case, as it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
