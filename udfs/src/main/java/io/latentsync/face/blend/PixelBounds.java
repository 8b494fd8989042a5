package io.latentsync.face.blend;

/**
 * A rectangle of pixels, from {@code (x0, y0)} included to {@code (x1, y1)} excluded.
 *
 * @param x0 first column
 * @param y0 first row
 * @param x1 the column after the last
 * @param y1 the row after the last
 */
public record PixelBounds(int x0, int y0, int x1, int y1) {

  /** The empty rectangle. */
  public static final PixelBounds EMPTY = new PixelBounds(0, 0, 0, 0);

  /** Whether the rectangle is empty. */
  public boolean isEmpty() {
    return x0 >= x1 || y0 >= y1;
  }

  /** The smallest rectangle that contains this one and another. */
  public PixelBounds union(PixelBounds other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    return new PixelBounds(
        Math.min(x0, other.x0),
        Math.min(y0, other.y0),
        Math.max(x1, other.x1),
        Math.max(y1, other.y1));
  }

  /** Whether the rectangle contains the pixel. */
  public boolean contains(int x, int y) {
    return x >= x0 && x < x1 && y >= y0 && y < y1;
  }
}
