package io.latentsync.media.video;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbPart;

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

  /** The stored pixels that cover an area of the shown picture. */
  PixelRectangle stored(PixelRectangle area) {
    double across = (double) width / codedWidth;
    double down = (double) height / codedHeight;
    return new PixelRectangle(
        (int) (area.x0() / across),
        (int) (area.y0() / down),
        (int) Math.min(codedWidth, Math.ceil(area.x1() / across)),
        (int) Math.min(codedHeight, Math.ceil(area.y1() / down)));
  }

  /**
   * Transfers a change of the shown picture to the stored one. A stored pixel becomes the mean of
   * the shown pixels that it covers, if one of them has changed.
   *
   * @param before a part of the shown picture that contains all pixels covered by those of {@link
   *     #stored}
   * @param after the same part, changed
   * @param coded a part of the stored picture that contains {@link #stored}; not modified
   * @param area the change in the shown picture
   * @return the part of the stored picture, changed
   */
  RgbPart store(RgbPart before, RgbPart after, RgbPart coded, PixelRectangle area) {
    RgbPart changed = coded.copy();
    double across = (double) width / codedWidth;
    double down = (double) height / codedHeight;
    PixelRectangle stored = stored(area);
    for (int y = stored.y0(); y < stored.y1(); y++) {
      for (int x = stored.x0(); x < stored.x1(); x++) {
        store(before, after, changed, x, y, across, down);
      }
    }
    return changed;
  }

  private void store(
      RgbPart before, RgbPart after, RgbPart changed, int x, int y, double across, double down) {
    byte[] old = before.pixels().pixels();
    byte[] rgb = after.pixels().pixels();
    double[] sum = new double[3];
    double weight = 0;
    boolean differs = false;
    for (int v = (int) (y * down); v < Math.min(height, (y + 1) * down); v++) {
      for (int u = (int) (x * across); u < Math.min(width, (x + 1) * across); u++) {
        double covered = overlap(u, x * across, across) * overlap(v, y * down, down);
        weight += covered;
        int at = before.index(u, v);
        for (int channel = 0; channel < 3; channel++) {
          differs |= old[at + channel] != rgb[at + channel];
          sum[channel] += covered * (rgb[at + channel] & 255);
        }
      }
    }
    if (differs) {
      for (int channel = 0; channel < 3; channel++) {
        changed.pixels().pixels()[changed.index(x, y) + channel] =
            (byte) Math.round(sum[channel] / weight);
      }
    }
  }

  /** The part of the pixel at a position that lies between from and from + length. */
  private static double overlap(int place, double from, double length) {
    return Math.max(0, Math.min(place + 1, from + length) - Math.max(place, from));
  }
}
