package io.latentsync.face.track;

import java.util.Arrays;

/** The running median as {@code scipy.signal.medfilt} computes it: with zeros beyond both ends. */
public final class MedianFilter {
  private MedianFilter() {}

  /**
   * Filters a series.
   *
   * @param size window of the median, odd
   * @return the filtered series, of equal length
   */
  public static float[] of(float[] series, int size) {
    float[] padded = new float[series.length + size - 1];
    System.arraycopy(series, 0, padded, size / 2, series.length);
    float[] filtered = new float[series.length];
    for (int i = 0; i < filtered.length; i++) {
      float[] window = Arrays.copyOfRange(padded, i, i + size);
      Arrays.sort(window);
      filtered[i] = window[size / 2];
    }
    return filtered;
  }
}
