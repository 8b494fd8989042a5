package io.latentsync.testing;

import ai.djl.ndarray.NDArray;
import io.latentsync.image.RgbImage;

/** Distances between arrays and between pictures. Operands of different sizes are refused. */
public final class Distances {
  private Distances() {}

  /** The largest absolute difference of two arrays of the same shape. */
  public static float largest(NDArray a, NDArray b) {
    require(a.getShape().equals(b.getShape()), a.getShape(), b.getShape());
    return a.sub(b).abs().max().getFloat();
  }

  /** The mean absolute difference of two pictures of the same size, in grey levels. */
  public static double greyLevels(RgbImage a, RgbImage b) {
    require(a.width() == b.width(), a.width(), b.width());
    return greyLevels(a, b, 0, 0, a.width(), a.height());
  }

  /**
   * The mean absolute difference of a rectangle of two pictures of the same size, in grey levels.
   *
   * @param x0 the rectangle is x0 ≤ x &lt; x1, y0 ≤ y &lt; y1
   */
  public static double greyLevels(RgbImage a, RgbImage b, int x0, int y0, int x1, int y1) {
    require(a.width() == b.width(), a.width(), b.width());
    require(a.height() == b.height(), a.height(), b.height());
    long sum = 0;
    for (int y = y0; y < y1; y++) {
      for (int i = 3 * (y * a.width() + x0); i < 3 * (y * a.width() + x1); i++) {
        sum += Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff));
      }
    }
    return sum / (3.0 * (x1 - x0) * (y1 - y0));
  }

  /** The peak signal-to-noise ratio of samples of 0…255, in dB; infinite for equal samples. */
  public static double psnr(byte[] a, byte[] b) {
    require(a.length == b.length, a.length, b.length);
    return psnr(a, 0, b, 0, a.length);
  }

  /**
   * The peak signal-to-noise ratio of parts of two arrays.
   *
   * @param length number of samples from each start
   */
  public static double psnr(byte[] a, int aStart, byte[] b, int bStart, int length) {
    return 10 * Math.log10(255 * 255 / meanSquare(a, aStart, b, bStart, length));
  }

  /**
   * The mean squared difference of samples of 0…255.
   *
   * @param length number of samples from each start
   */
  public static double meanSquare(byte[] a, int aStart, byte[] b, int bStart, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double difference = (a[aStart + i] & 0xff) - (b[bStart + i] & 0xff);
      sum += difference * difference;
    }
    return sum / length;
  }

  private static void require(boolean same, Object a, Object b) {
    if (!same) {
      throw new IllegalArgumentException("sizes differ: " + a + " and " + b);
    }
  }
}
