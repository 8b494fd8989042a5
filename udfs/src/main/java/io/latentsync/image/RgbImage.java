package io.latentsync.image;

import java.awt.image.BufferedImage;
import java.util.Objects;

/**
 * An 8-bit RGB picture: rows from top to bottom, three bytes per pixel (red, green, blue, each
 * 0…255), no padding. The array is shared, not copied; only its owner may write to it.
 *
 * @param width pixels per row, at least 1
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

  /** The picture as AWT's type, to draw or store it. */
  public BufferedImage toBufferedImage() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] colours = new int[width * height];
    for (int i = 0; i < colours.length; i++) {
      int red = pixels[3 * i] & 0xff;
      int green = pixels[3 * i + 1] & 0xff;
      int blue = pixels[3 * i + 2] & 0xff;
      colours[i] = (red << 16) | (green << 8) | blue;
    }
    image.setRGB(0, 0, width, height, colours, 0, width);
    return image;
  }

  /** A copy with its own pixels. */
  public RgbImage copy() {
    return new RgbImage(width, height, pixels.clone());
  }
}
