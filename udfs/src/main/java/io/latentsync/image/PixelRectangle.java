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

  /** Whether it contains pixels of a row. */
  public boolean hasRow(int y) {
    return y >= y0 && y < y1;
  }

  /** The rectangle with a margin on each side. */
  public PixelRectangle widened(int margin) {
    return new PixelRectangle(x0 - margin, y0 - margin, x1 + margin, y1 + margin);
  }
}
