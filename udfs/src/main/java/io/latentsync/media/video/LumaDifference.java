package io.latentsync.media.video;

import io.latentsync.image.PixelRectangle;
import java.util.List;

/**
 * The difference of the luma of two pictures, in 8-bit samples.
 *
 * @param squares sum of the squared differences
 * @param samples number of compared samples
 */
public record LumaDifference(double squares, long samples) {
  /** Nothing compared. */
  public static final LumaDifference NONE = new LumaDifference(0, 0);

  private static final double LARGEST = 255;

  /** The PSNR of equal pictures, which have none, in dB. */
  private static final double MOST_DECIBELS = 100;

  /** The difference inside a rectangle; of pictures of different sizes, where both have samples. */
  public static LumaDifference inside(VideoFrame a, VideoFrame b, PixelRectangle rectangle) {
    Rows rows = new Rows(a, b);
    LumaDifference sum = NONE;
    for (int y = Math.max(0, rectangle.y0()); y < Math.min(rows.height, rectangle.y1()); y++) {
      rows.read(y);
      sum = sum.plus(rows.difference(rectangle.x0(), rectangle.x1()));
    }
    return sum;
  }

  /** The difference outside of all rectangles. */
  public static LumaDifference outside(
      VideoFrame a, VideoFrame b, List<PixelRectangle> rectangles) {
    Rows rows = new Rows(a, b);
    LumaDifference sum = NONE;
    for (int y = 0; y < rows.height; y++) {
      int row = y;
      List<PixelRectangle> cut =
          rectangles.stream()
              .filter(rectangle -> rectangle.hasRow(row))
              .sorted((p, q) -> Integer.compare(p.x0(), q.x0()))
              .toList();
      rows.read(y);
      int x = 0;
      for (PixelRectangle rectangle : cut) {
        sum = sum.plus(rows.difference(x, rectangle.x0()));
        x = Math.max(x, rectangle.x1());
      }
      sum = sum.plus(rows.difference(x, rows.width));
    }
    return sum;
  }

  /** The sum of two differences. */
  public LumaDifference plus(LumaDifference other) {
    return other.samples == 0
        ? this
        : new LumaDifference(squares + other.squares, samples + other.samples);
  }

  /** The mean squared difference; NaN if nothing was compared. */
  public double mean() {
    return squares / samples;
  }

  /** The peak signal-to-noise ratio in dB, at most 100; NaN if nothing was compared. */
  public double psnr() {
    return Math.min(MOST_DECIBELS, 10 * Math.log10(LARGEST * LARGEST / mean()));
  }

  /** The rows that two pictures have in common. */
  private static final class Rows {
    private final int width;
    private final int height;
    private final VideoFrame first;
    private final VideoFrame second;
    private final byte[] a;
    private final byte[] b;

    Rows(VideoFrame one, VideoFrame other) {
      width = Math.min(one.width(), other.width());
      height = Math.min(one.height(), other.height());
      first = one;
      second = other;
      a = new byte[one.width()];
      b = new byte[other.width()];
    }

    void read(int y) {
      first.lumaRow(y, a);
      second.lumaRow(y, b);
    }

    /** The difference of x0 ≤ x &lt; x1 in the row that was read. */
    LumaDifference difference(int x0, int x1) {
      int left = Math.max(0, x0);
      int right = Math.min(width, x1);
      if (left >= right) {
        return NONE;
      }
      long sum = 0;
      for (int x = left; x < right; x++) {
        int difference = (a[x] & 0xff) - (b[x] & 0xff);
        sum += (long) difference * difference;
      }
      return new LumaDifference(sum, right - left);
    }
  }
}
