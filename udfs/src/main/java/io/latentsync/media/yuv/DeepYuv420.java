package io.latentsync.media.yuv;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbPart;
import java.nio.ShortBuffer;

/**
 * The writable planes of a 10-bit 4:2:0 picture.
 *
 * <p>Small changes are added to the samples: a sample becomes its old value plus the change of the
 * signal between two 8-bit pictures. So it keeps the precision that the 8-bit pictures lack, and
 * the light and colours that their tone mapping clips. A pixel that changes by {@value
 * #WHOLE_CHANGE} levels or more gets the signal of the new colour alone; between, the old residual
 * fades out.
 *
 * @param matrix from R'G'B' to Y'CbCr
 * @param signal from an 8-bit picture to R'G'B'
 * @param y luma
 * @param cb first chroma plane
 * @param cr second chroma plane
 * @param lumaRow samples from a row of luma to the next
 * @param chromaRow the same of both chroma planes
 */
public record DeepYuv420(
    YuvMatrix matrix,
    RgbSignal signal,
    ShortBuffer y,
    ShortBuffer cb,
    ShortBuffer cr,
    int lumaRow,
    int chromaRow)
    implements WritableYuv {
  private static final int LARGEST = 1023;

  /** ITU-R BT.2100 reserves four values at each end of the narrow range for synchronisation. */
  private static final int RESERVED = 4;

  private static final int GREY = 512;

  /** The change of an 8-bit value that makes a pixel a new one. */
  private static final int WHOLE_CHANGE = 32;

  @Override
  public void paste(RgbPart before, RgbPart after, PixelRectangle area, boolean colored) {
    int left = area.x0() & ~1;
    double[] blue = new double[Math.max(0, (area.x1() - left + 1) / 2)];
    double[] red = new double[blue.length];
    for (int top = area.y0() & ~1; top < area.y1(); top += 2) {
      boolean any = false;
      for (int v = Math.max(top, area.y0()); v < Math.min(top + 2, area.y1()); v++) {
        any |= pasteLuma(before, after, area, v, blue, red);
      }
      if (any && colored) {
        int rows = Math.min(2, after.area().y1() - top);
        for (int block = 0; block < blue.length; block++) {
          int pixels = rows * Math.min(2, after.area().x1() - left - 2 * block);
          int at = top / 2 * chromaRow + left / 2 + block;
          add(cb, at, chromaScale() * blue[block] / pixels);
          add(cr, at, chromaScale() * red[block] / pixels);
          blue[block] = 0;
          red[block] = 0;
        }
      }
    }
  }

  /**
   * Adds the changes of a row's luma, and sums those of chroma by block.
   *
   * @return whether the row has changes
   */
  private boolean pasteLuma(
      RgbPart before, RgbPart after, PixelRectangle area, int v, double[] blue, double[] red) {
    byte[] old = before.pixels().pixels();
    byte[] rgb = after.pixels().pixels();
    double[] from = new double[3];
    double[] to = new double[3];
    boolean any = false;
    int at = after.index(area.x0(), v);
    for (int u = area.x0(); u < area.x1(); u++, at += 3) {
      if (rgb[at] == old[at] && rgb[at + 1] == old[at + 1] && rgb[at + 2] == old[at + 2]) {
        continue;
      }
      any = true;
      signal.of(old[at] & 255, old[at + 1] & 255, old[at + 2] & 255, from);
      signal.of(rgb[at] & 255, rgb[at + 1] & 255, rgb[at + 2] & 255, to);
      double r = to[0] - from[0];
      double b = to[2] - from[2];
      double luma = matrix.weigh(r, to[1] - from[1], b);
      int block = u / 2 - area.x0() / 2;
      blue[block] += (b - luma) / (2 * (1 - matrix.kb()));
      red[block] += (r - luma) / (2 * (1 - matrix.kr()));
      int sample = v * lumaRow + u;
      double share = Math.min(1, (double) change(old, rgb, at) / WHOLE_CHANGE);
      double shown = matrix.weigh(from[0], from[1], from[2]);
      int chroma = v / 2 * chromaRow + u / 2;
      luma -= share * ((double) (y.get(sample) - black()) / lumaScale() - shown);
      blue[block] -=
          share
              * ((double) (cb.get(chroma) - GREY) / chromaScale()
                  - (from[2] - shown) / (2 * (1 - matrix.kb())));
      red[block] -=
          share
              * ((double) (cr.get(chroma) - GREY) / chromaScale()
                  - (from[0] - shown) / (2 * (1 - matrix.kr())));
      add(y, sample, lumaScale() * luma);
    }
    return any;
  }

  /** The largest change of a component of a pixel. */
  private static int change(byte[] old, byte[] rgb, int at) {
    int most = 0;
    for (int i = at; i < at + 3; i++) {
      most = Math.max(most, Math.abs((old[i] & 255) - (rgb[i] & 255)));
    }
    return most;
  }

  private void add(ShortBuffer plane, int at, double change) {
    plane.put(at, sample(plane.get(at) + change));
  }

  private short sample(double value) {
    int reserved = matrix.full() ? 0 : RESERVED;
    return (short) Math.max(reserved, Math.min(LARGEST - reserved, Math.round(value)));
  }

  private int black() {
    return matrix.full() ? 0 : 64;
  }

  private int lumaScale() {
    return matrix.full() ? LARGEST : 876;
  }

  private int chromaScale() {
    return matrix.full() ? LARGEST : 896;
  }

  @Override
  public void drawGrey(byte[] grey, PixelRectangle area) {
    int width = area.x1() - area.x0();
    for (int v = area.y0(); v < area.y1(); v++) {
      for (int u = area.x0(); u < area.x1(); u++) {
        int shade = grey[(v - area.y0()) * width + u - area.x0()] & 255;
        y.put(v * lumaRow + u, sample(black() + lumaScale() * signal.ofGrey(shade)));
      }
    }
    for (int v = area.y0() / 2; v < area.y1() / 2; v++) {
      for (int u = area.x0() / 2; u < area.x1() / 2; u++) {
        cb.put(v * chromaRow + u, (short) GREY);
        cr.put(v * chromaRow + u, (short) GREY);
      }
    }
  }
}
