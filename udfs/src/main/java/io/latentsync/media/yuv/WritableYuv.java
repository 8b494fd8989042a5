package io.latentsync.media.yuv;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbPart;

/** The writable planes of a 4:2:0 picture. */
public interface WritableYuv {

  /**
   * Writes the changes of a picture: the luma of each pixel that differs, and the chroma of each
   * 2×2 block with such a pixel.
   *
   * @param before a part of the picture with even left and top; its right and bottom are even or
   *     the picture's
   * @param after the same part, changed
   * @param area the rectangle of changes, inside the part
   * @param colored whether chroma is written
   */
  void paste(RgbPart before, RgbPart after, PixelRectangle area, boolean colored);

  /**
   * Replaces a rectangle by shades of grey.
   *
   * @param grey from black (0) to white (255), row by row
   * @param area inside the picture, with even corners
   */
  void drawGrey(byte[] grey, PixelRectangle area);
}
