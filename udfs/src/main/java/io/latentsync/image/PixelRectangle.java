package io.latentsync.image;

/**
 * A rectangle of pixels: x0 ≤ x &lt; x1, y0 ≤ y &lt; y1.
 *
 * @param x0 left column
 * @param y0 top row
 * @param x1 the column after the last
 * @param y1 the row after the last
 */
public record PixelRectangle(int x0, int y0, int x1, int y1) {
  /** The empty rectangle. */
  public static final PixelRectangle EMPTY = new PixelRectangle(0, 0, 0, 0);

  /** All pixels of a picture. */
  public static PixelRectangle of(RgbImage picture) {
    return new PixelRectangle(0, 0, picture.width(), picture.height());
  }

  /** Whether it has no pixels. */
  public boolean isEmpty() {
    return x0 >= x1 || y0 >= y1;
  }

  /** Whether it contains a pixel. */
  public boolean contains(int x, int y) {
    return x >= x0 && x < x1 && hasRow(y);
  }

  /** Whether it contains pixels of a row. */
  public boolean hasRow(int y) {
    return y >= y0 && y < y1;
  }

  /** The rectangle with a margin on each side. */
  public PixelRectangle widened(int margin) {
    return new PixelRectangle(x0 - margin, y0 - margin, x1 + margin, y1 + margin);
  }

  /** The smallest rectangle that contains this one and another. */
  public PixelRectangle union(PixelRectangle other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    return new PixelRectangle(
        Math.min(x0, other.x0),
        Math.min(y0, other.y0),
        Math.max(x1, other.x1),
        Math.max(y1, other.y1));
  }

  /** The part of it inside another. */
  public PixelRectangle intersection(PixelRectangle other) {
    return new PixelRectangle(
        Math.max(x0, other.x0),
        Math.max(y0, other.y0),
        Math.min(x1, other.x1),
        Math.min(y1, other.y1));
  }
}
