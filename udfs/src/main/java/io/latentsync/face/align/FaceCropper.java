package io.latentsync.face.align;

import io.latentsync.image.RgbImage;

/**
 * Cuts aligned faces out of frames, as the reference implementation does: a bilinear warp to the
 * template's rectangle, then a Lanczos resize to the square. Not thread-safe.
 */
public final class FaceCropper {
  private static final int FILL = 127;

  private final FaceTemplate template;
  private final RgbImage rectangle;

  /** A cropper of one resolution. */
  public FaceCropper(FaceTemplate template) {
    this.template = template;
    rectangle = RgbImage.black(template.width(), template.height());
  }

  /**
   * The aligned face as a square of the template's resolution; pixels outside the frame are grey
   * (127).
   *
   * @param frame any picture
   * @param matrix the map from the frame to the template
   */
  public RgbImage crop(RgbImage frame, AffineMatrix matrix) {
    warp(frame, matrix);
    return Lanczos.resize(rectangle, template.resolution(), template.resolution());
  }

  /** The rectangle before it is made square; overwritten by the next call. */
  RgbImage warp(RgbImage frame, AffineMatrix matrix) {
    AffineMatrix toFrame = matrix.inverse();
    byte[] target = rectangle.pixels();
    int at = 0;
    for (int y = 0; y < rectangle.height(); y++) {
      for (int x = 0; x < rectangle.width(); x++) {
        float u = toFrame.m00() * x + toFrame.m01() * y + toFrame.m02();
        float v = toFrame.m10() * x + toFrame.m11() * y + toFrame.m12();
        sample(frame, u, v, target, at);
        at += 3;
      }
    }
    return rectangle;
  }

  private static void sample(RgbImage frame, float u, float v, byte[] target, int at) {
    int width = frame.width();
    int height = frame.height();
    if (!(u > -1 && v > -1 && u < width && v < height)) {
      target[at] = FILL;
      target[at + 1] = FILL;
      target[at + 2] = FILL;
      return;
    }
    int x = (int) Math.floor(u);
    int y = (int) Math.floor(v);
    float right = u - x;
    float below = v - y;
    byte[] source = frame.pixels();
    int corner = 3 * (y * width + x);
    boolean inside = x >= 0 && y >= 0 && x < width - 1 && y < height - 1;
    for (int c = 0; c < 3; c++) {
      float a;
      float b;
      float d;
      float e;
      if (inside) {
        a = source[corner + c] & 0xff;
        b = source[corner + c + 3] & 0xff;
        d = source[corner + c + 3 * width] & 0xff;
        e = source[corner + c + 3 * width + 3] & 0xff;
      } else {
        a = at(frame, x, y, c);
        b = at(frame, x + 1, y, c);
        d = at(frame, x, y + 1, c);
        e = at(frame, x + 1, y + 1, c);
      }
      float top = a + right * (b - a);
      float bottom = d + right * (e - d);
      target[at + c] = (byte) (top + below * (bottom - top));
    }
  }

  private static float at(RgbImage frame, int x, int y, int channel) {
    boolean inside = x >= 0 && y >= 0 && x < frame.width() && y < frame.height();
    return inside ? frame.pixels()[3 * (y * frame.width() + x) + channel] & 0xff : FILL;
  }
}
