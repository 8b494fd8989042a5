package io.latentsync.media.yuv;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbPart;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The writable planes of an 8-bit 4:2:0 picture.
 *
 * @param matrix from RGB to the samples
 * @param y luma
 * @param cb first chroma plane
 * @param cr second chroma plane
 * @param lumaRow bytes from a row of luma to the next
 * @param chromaRow the same of both chroma planes
 */
public record Yuv420(
    YuvMatrix matrix, ByteBuffer y, ByteBuffer cb, ByteBuffer cr, int lumaRow, int chromaRow)
    implements WritableYuv {

  /** Replaces samples. A block's chroma is the chroma of its mean colour. */
  @Override
  public void paste(RgbPart before, RgbPart after, PixelRectangle area, boolean colored) {
    new Changes(before, after, area).write(colored);
  }

  @Override
  public void drawGrey(byte[] grey, PixelRectangle area) {
    int width = area.x1() - area.x0();
    for (int v = area.y0(); v < area.y1(); v++) {
      for (int u = area.x0(); u < area.x1(); u++) {
        int shade = grey[(v - area.y0()) * width + u - area.x0()] & 255;
        y.put(v * lumaRow + u, matrix.luma(shade, shade, shade));
      }
    }
    byte none = matrix.cb(0, 0);
    for (int v = area.y0() / 2; v < area.y1() / 2; v++) {
      for (int u = area.x0() / 2; u < area.x1() / 2; u++) {
        cb.put(v * chromaRow + u, none);
        cr.put(v * chromaRow + u, none);
      }
    }
  }

  /** The changes of one {@link #paste}: two rows of pixels at a time, on the heap. */
  private final class Changes {
    private final RgbPart before;
    private final RgbPart after;
    private final PixelRectangle area;

    /** The weighted sum of a colour is that of three entries, one for each component. */
    private final double[] red = new double[256];

    private final double[] green = new double[256];
    private final double[] blue = new double[256];

    /** First column of the blocks with changes. */
    private final int left;

    /** Which blocks of the two rows have changed pixels. */
    private final boolean[] changed;

    private final byte[] luma;
    private final byte[] blueChroma;
    private final byte[] redChroma;

    Changes(RgbPart before, RgbPart after, PixelRectangle area) {
      this.before = before;
      this.after = after;
      this.area = area;
      this.left = area.x0() & ~1;
      int blocks = Math.max(0, (area.x1() - left + 1) / 2);
      this.changed = new boolean[blocks];
      this.luma = new byte[Math.max(0, area.x1() - area.x0())];
      this.blueChroma = new byte[blocks];
      this.redChroma = new byte[blocks];
      for (int i = 0; i < 256; i++) {
        red[i] = matrix.weigh(i, 0, 0);
        green[i] = matrix.weigh(0, i, 0);
        blue[i] = matrix.weigh(0, 0, i);
      }
    }

    void write(boolean colored) {
      for (int top = area.y0() & ~1; top < area.y1(); top += 2) {
        Arrays.fill(changed, false);
        boolean any = false;
        for (int v = Math.max(top, area.y0()); v < Math.min(top + 2, area.y1()); v++) {
          any |= writeLuma(v);
        }
        if (any && colored) {
          writeChroma(top);
        }
      }
    }

    /** Whether the row has changes. */
    private boolean writeLuma(int v) {
      int start = v * lumaRow + area.x0();
      y.get(start, luma);
      byte[] old = before.pixels().pixels();
      byte[] rgb = after.pixels().pixels();
      boolean any = false;
      int at = after.index(area.x0(), v);
      for (int u = area.x0(); u < area.x1(); u++, at += 3) {
        byte r = rgb[at];
        byte g = rgb[at + 1];
        byte b = rgb[at + 2];
        if (r != old[at] || g != old[at + 1] || b != old[at + 2]) {
          luma[u - area.x0()] = matrix.luma(red[r & 255] + green[g & 255] + blue[b & 255]);
          changed[(u - left) / 2] = true;
          any = true;
        }
      }
      if (any) {
        y.put(start, luma);
      }
      return any;
    }

    private void writeChroma(int top) {
      int start = top / 2 * chromaRow + left / 2;
      cb.get(start, blueChroma);
      cr.get(start, redChroma);
      byte[] rgb = after.pixels().pixels();
      PixelRectangle part = after.area();
      int rows = Math.min(2, part.y1() - top);
      int row = 3 * after.pixels().width();
      for (int block = 0; block < changed.length; block++) {
        if (changed[block]) {
          int columns = Math.min(2, part.x1() - left - 2 * block);
          int corner = after.index(left + 2 * block, top);
          int r = 0;
          int g = 0;
          int b = 0;
          for (int v = 0; v < rows; v++) {
            for (int at = corner + v * row; at < corner + v * row + 3 * columns; at += 3) {
              r += rgb[at] & 255;
              g += rgb[at + 1] & 255;
              b += rgb[at + 2] & 255;
            }
          }
          double count = rows * columns;
          double sum = matrix.weigh(r / count, g / count, b / count);
          blueChroma[block] = matrix.cb(b / count, sum);
          redChroma[block] = matrix.cr(r / count, sum);
        }
      }
      cb.put(start, blueChroma);
      cr.put(start, redChroma);
    }
  }
}
