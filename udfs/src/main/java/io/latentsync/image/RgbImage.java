package io.latentsync.image;

import java.util.Objects;

/**
 * An 8-bit RGB picture: rows from top to bottom, three bytes (red, green, blue, each 0…255) a
 * pixel, no padding. The array is shared, not copied; who writes into it must own it.
 *
 * @param width pixels in a row, at least 1
 * @param height rows, at least 1
 * @param pixels {@code 3 * width * height} bytes
 */
public record RgbImage(int width, int height, byte[] pixels) {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if a side is below 1 or the array's length does not fit
   */
  public RgbImage {
    Objects.requireNonNull(pixels, "pixels");
    if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "RGB picture of %d×%d needs %d bytes, got %d"
              .formatted(width, height, 3L * width * height, pixels.length));
    }
  }

  /** A black picture of the given size. */
  public static RgbImage black(int width, int height) {
    return new RgbImage(width, height, new byte[Math.multiplyExact(3, width * height)]);
  }

  /** A picture with the same size and its own copy of the pixels. */
  public RgbImage copy() {
    return new RgbImage(width, height, pixels.clone());
  }
}
