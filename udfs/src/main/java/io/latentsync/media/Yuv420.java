package io.latentsync.media;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.nio.ByteBuffer;

/** The writable planes of an 8-bit 4:2:0 picture. */
record Yuv420(
    YuvMatrix matrix, ByteBuffer y, ByteBuffer cb, ByteBuffer cr, int lumaRow, int chromaRow) {

  /** See {@link VideoFrame#paste}; the rectangle lies inside the picture. */
  void paste(RgbImage before, RgbImage after, int x0, int y0, int x1, int y1) {
    pasteLuma(before, after, x0, y0, x1, y1);
    for (int top = y0 & ~1; top < y1; top += 2) {
      for (int left = x0 & ~1; left < x1; left += 2) {
        boolean changed = false;
        for (int v = Math.max(top, y0); v < Math.min(top + 2, y1); v++) {
          for (int u = Math.max(left, x0); u < Math.min(left + 2, x1); u++) {
            changed |= differs(before, after, u, v);
          }
        }
        if (changed) {
          chroma(after, left, top);
        }
      }
    }
  }

  /** The same for the luma alone. */
  void pasteLuma(RgbImage before, RgbImage after, int x0, int y0, int x1, int y1) {
    for (int v = y0; v < y1; v++) {
      for (int u = x0; u < x1; u++) {
        if (differs(before, after, u, v)) {
          luma(after, u, v);
        }
      }
    }
  }

  /** See {@link VideoFrame#drawGrey}. */
  void drawGrey(byte[] grey, PixelRectangle area) {
    int width = area.x1() - area.x0();
    for (int v = area.y0(); v < area.y1(); v++) {
      for (int u = area.x0(); u < area.x1(); u++) {
        int shade = grey[(v - area.y0()) * width + u - area.x0()] & 255;
        y.put(v * lumaRow + u, matrix.luma(shade, shade, shade));
      }
    }
    byte none = matrix.cb(0, 0, 0);
    for (int v = area.y0() / 2; v < area.y1() / 2; v++) {
      for (int u = area.x0() / 2; u < area.x1() / 2; u++) {
        cb.put(v * chromaRow + u, none);
        cr.put(v * chromaRow + u, none);
      }
    }
  }

  private static boolean differs(RgbImage before, RgbImage after, int u, int v) {
    int at = 3 * (v * before.width() + u);
    byte[] a = before.pixels();
    byte[] b = after.pixels();
    return a[at] != b[at] || a[at + 1] != b[at + 1] || a[at + 2] != b[at + 2];
  }

  private void luma(RgbImage image, int u, int v) {
    int at = 3 * (v * image.width() + u);
    byte[] rgb = image.pixels();
    y.put(v * lumaRow + u, matrix.luma(rgb[at] & 255, rgb[at + 1] & 255, rgb[at + 2] & 255));
  }

  /** A block's chroma is the chroma of its mean colour. */
  private void chroma(RgbImage image, int left, int top) {
    double r = 0;
    double g = 0;
    double b = 0;
    int count = 0;
    for (int v = top; v < Math.min(top + 2, image.height()); v++) {
      for (int u = left; u < Math.min(left + 2, image.width()); u++) {
        int at = 3 * (v * image.width() + u);
        r += image.pixels()[at] & 255;
        g += image.pixels()[at + 1] & 255;
        b += image.pixels()[at + 2] & 255;
        count++;
      }
    }
    int at = top / 2 * chromaRow + left / 2;
    cb.put(at, matrix.cb(r / count, g / count, b / count));
    cr.put(at, matrix.cr(r / count, g / count, b / count));
  }
}
