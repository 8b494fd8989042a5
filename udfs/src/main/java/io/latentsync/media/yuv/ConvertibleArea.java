package io.latentsync.media.yuv;

import io.latentsync.image.PixelRectangle;

/**
 * Rectangles of a picture that FFmpeg's scaler converts alone as it converts the whole picture.
 *
 * <p>Without scaling, a pixel of the result depends on the samples of its chroma block, on the
 * blocks above and below where chroma is interpolated, and on its position in the 8×8 pattern of
 * the dithering. If the scaler changes a side, or a side is odd, so that its chroma is scaled, the
 * filters' phases depend on the position in the picture; then a rectangle has the whole side.
 */
public final class ConvertibleArea {
  /**
   * Rows and columns beside a pixel that its colour can depend on. Two rows of 4:2:0 chroma are 4;
   * two columns of 4:1:1 chroma are 8.
   */
  private static final int MARGIN = 8;

  /** So that the samples of all planes are aligned for vector instructions. */
  private static final int COLUMNS = 32;

  private static final int ROWS = 8;

  private ConvertibleArea() {}

  /**
   * The smallest convertible rectangle that contains a rectangle.
   *
   * @param wanted its part outside the picture is ignored; if none is left, the result is any
   *     rectangle
   * @param width of the result's picture
   * @param height of the result's picture
   * @param sourceWidth of the picture to convert
   * @param sourceHeight of the picture to convert
   */
  public static PixelRectangle around(
      PixelRectangle wanted, int width, int height, int sourceWidth, int sourceHeight) {
    boolean freeColumns = width == sourceWidth && width % 2 == 0;
    boolean freeRows = height == sourceHeight && height % 2 == 0;
    return new PixelRectangle(
        freeColumns ? first(wanted.x0(), width, COLUMNS) : 0,
        freeRows ? first(wanted.y0(), height, ROWS) : 0,
        freeColumns ? end(wanted.x0(), wanted.x1(), width, COLUMNS) : width,
        freeRows ? end(wanted.y0(), wanted.y1(), height, ROWS) : height);
  }

  private static int first(int from, int length, int step) {
    return Math.max(0, Math.min(from, length - 1) - MARGIN) / step * step;
  }

  private static int end(int from, int to, int length, int step) {
    int last = Math.max(Math.max(0, Math.min(from, length - 1)) + 1, to) + MARGIN;
    return Math.min(length, (last + step - 1) / step * step);
  }
}
