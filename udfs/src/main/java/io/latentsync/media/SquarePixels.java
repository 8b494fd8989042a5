package io.latentsync.media;

import io.latentsync.image.RgbImage;

/**
 * Conversion of an anamorphic video's pictures to square pixels: one side is stretched.
 *
 * @param codedWidth of the stored picture
 * @param codedHeight of the stored picture
 * @param width of the shown picture, at least that of the stored one
 * @param height of the shown picture, at least that of the stored one
 */
record SquarePixels(int codedWidth, int codedHeight, int width, int height) {
  /** A smaller distortion is invisible, and rounding causes such shapes. */
  private static final double LEAST_DISTORTION = 1.01;

  /** No video is stored with such narrow pixels; the value is an error. */
  private static final double LARGEST_DISTORTION = 8;

  /**
   * The conversion for a pixel shape.
   *
   * @param pixelWidth the shape is pixelWidth : pixelHeight
   * @param pixelHeight see pixelWidth
   */
  static SquarePixels of(int codedWidth, int codedHeight, int pixelWidth, int pixelHeight) {
    double shape = (double) pixelWidth / pixelHeight;
    double distortion = Math.max(shape, 1 / shape);
    if (distortion < LEAST_DISTORTION || distortion > LARGEST_DISTORTION) {
      return new SquarePixels(codedWidth, codedHeight, codedWidth, codedHeight);
    }
    return shape > 1
        ? new SquarePixels(
            codedWidth, codedHeight, (int) Math.round(codedWidth * shape), codedHeight)
        : new SquarePixels(
            codedWidth, codedHeight, codedWidth, (int) Math.round(codedHeight / shape));
  }

  /** Whether stored and shown pictures are the same. */
  boolean isCoded() {
    return width == codedWidth && height == codedHeight;
  }

  /**
   * Transfers a change of the shown picture to the stored one. A stored pixel becomes the mean of
   * the shown pixels that it covers, if one of them has changed.
   *
   * @param before the shown picture
   * @param after the changed picture
   * @param coded the stored picture; not modified
   * @param x0 the change is at x0 ≤ x &lt; x1, y0 ≤ y &lt; y1 of the shown picture
   * @return the stored picture, changed
   */
  RgbImage store(RgbImage before, RgbImage after, RgbImage coded, int x0, int y0, int x1, int y1) {
    RgbImage changed = coded.copy();
    double across = (double) width / codedWidth;
    double down = (double) height / codedHeight;
    int right = (int) Math.min(codedWidth, Math.ceil(x1 / across));
    int bottom = (int) Math.min(codedHeight, Math.ceil(y1 / down));
    for (int y = (int) (y0 / down); y < bottom; y++) {
      for (int x = (int) (x0 / across); x < right; x++) {
        store(before, after, changed, x, y, across, down);
      }
    }
    return changed;
  }

  private void store(
      RgbImage before, RgbImage after, RgbImage changed, int x, int y, double across, double down) {
    double[] sum = new double[3];
    double weight = 0;
    boolean differs = false;
    for (int v = (int) (y * down); v < Math.min(height, (y + 1) * down); v++) {
      for (int u = (int) (x * across); u < Math.min(width, (x + 1) * across); u++) {
        double covered = overlap(u, x * across, across) * overlap(v, y * down, down);
        weight += covered;
        for (int channel = 0; channel < 3; channel++) {
          int at = 3 * (v * width + u) + channel;
          differs |= before.pixels()[at] != after.pixels()[at];
          sum[channel] += covered * (after.pixels()[at] & 255);
        }
      }
    }
    if (differs) {
      for (int channel = 0; channel < 3; channel++) {
        changed.pixels()[3 * (y * codedWidth + x) + channel] =
            (byte) Math.round(sum[channel] / weight);
      }
    }
  }

  /** The part of the pixel at a position that lies between from and from + length. */
  private static double overlap(int place, double from, double length) {
    return Math.max(0, Math.min(place + 1, from + length) - Math.max(place, from));
  }
}
