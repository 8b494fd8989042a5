package io.latentsync.image;

/**
 * A rectangle of a larger RGB picture. Positions are those in the picture.
 *
 * @param pixels the pixels of the rectangle
 * @param left column of the picture where the rectangle begins
 * @param top row of the picture where the rectangle begins
 * @param width of the picture
 * @param height of the picture
 */
public record RgbPart(RgbImage pixels, int left, int top, int width, int height) {

  /**
   * Checks the place.
   *
   * @throws IllegalArgumentException if the rectangle is not inside the picture
   */
  public RgbPart {
    if (left < 0 || top < 0 || left + pixels.width() > width || top + pixels.height() > height) {
      throw new IllegalArgumentException(
          "a rectangle of %d×%d at (%d, %d) is not inside a picture of %d×%d"
              .formatted(pixels.width(), pixels.height(), left, top, width, height));
    }
  }

  /** A whole picture; shares its pixels. */
  public static RgbPart whole(RgbImage picture) {
    return new RgbPart(picture, 0, 0, picture.width(), picture.height());
  }

  /** The rectangle. */
  public PixelRectangle area() {
    return new PixelRectangle(left, top, left + pixels.width(), top + pixels.height());
  }

  /** All pixels of the picture. */
  public PixelRectangle pictureArea() {
    return new PixelRectangle(0, 0, width, height);
  }

  /** The index of a pixel's red value in the bytes of {@link #pixels}. */
  public int index(int x, int y) {
    return 3 * ((y - top) * pixels.width() + x - left);
  }

  /** A copy with its own pixels. */
  public RgbPart copy() {
    return new RgbPart(pixels.copy(), left, top, width, height);
  }
}
