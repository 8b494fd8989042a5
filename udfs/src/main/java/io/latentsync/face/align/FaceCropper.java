package io.latentsync.face.align;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts aligned faces out of frames: with {@link Resampling#REFERENCE} as the reference
 * implementation does, by a bilinear warp to the template's rectangle and a Lanczos resize to the
 * square. Not thread-safe.
 */
public final class FaceCropper {
  private static final int FILL = 127;

  private final FaceTemplate template;
  private final RgbImage rectangle;
  private final LanczosResize square;
  private final Optional<LanczosWarp> sharp;

  /** A cropper of one resolution, as in the reference implementation. */
  public FaceCropper(FaceTemplate template) {
    this(template, Resampling.REFERENCE);
  }

  /** A cropper of one resolution. */
  public FaceCropper(FaceTemplate template, Resampling resampling) {
    sharp = resampling.isSharp() ? Optional.of(new LanczosWarp()) : Optional.empty();
    this.template = template;
    rectangle = RgbImage.black(template.width(), template.height());
    square =
        new LanczosResize(
            template.width(), template.height(), template.resolution(), template.resolution());
  }

  /** The aligned face in a whole picture; see {@link #crop(RgbPart, AffineMatrix)}. */
  public RgbImage crop(RgbImage frame, AffineMatrix matrix) {
    return crop(RgbPart.whole(frame), matrix);
  }

  /**
   * The aligned face as a square of the template's resolution; pixels outside the frame are grey
   * (127).
   *
   * @param frame the part of any picture that contains the {@link #area}
   * @param matrix the map from the frame to the template
   */
  public RgbImage crop(RgbPart frame, AffineMatrix matrix) {
    if (sharp.isPresent()) {
      return crop(frame, matrix, sharp.get());
    }
    warp(frame, matrix);
    return square.resize(rectangle);
  }

  private RgbImage crop(RgbPart frame, AffineMatrix matrix, LanczosWarp warp) {
    int side = template.resolution();
    // One pixel of grey around the picture is repeated beyond.
    PixelRectangle area = area(matrix).intersection(frame.pictureArea().widened(1));
    RgbImage face = RgbImage.black(side, side);
    if (area.isEmpty()) {
      Arrays.fill(face.pixels(), (byte) FILL);
      return face;
    }
    AffineMatrix toArea = template.fromSquare(matrix).movedBy(-area.x0(), -area.y0());
    float[] levels =
        warp.warp(new Filled(frame, area), toArea, new PixelRectangle(0, 0, side, side));
    for (int i = 0; i < side * side; i++) {
      for (int c = 0; c < 3; c++) {
        float level = levels[LanczosWarp.CHANNELS * i + c];
        face.pixels()[3 * i + c] = (byte) Math.round(Math.max(0, Math.min(255, level)));
      }
    }
    return face;
  }

  /** An area of a frame, grey outside of it. */
  private record Filled(RgbPart frame, PixelRectangle area) implements LanczosWarp.Source {
    @Override
    public int width() {
      return area.x1() - area.x0();
    }

    @Override
    public int height() {
      return area.y1() - area.y0();
    }

    @Override
    public void row(int y, float[] pixels) {
      for (int x = 0; x < width(); x++) {
        copy(x, y, pixels, x);
      }
    }

    @Override
    public void column(int x, float[] pixels) {
      for (int y = 0; y < height(); y++) {
        copy(x, y, pixels, y);
      }
    }

    private void copy(int x, int y, float[] pixels, int index) {
      for (int c = 0; c < 3; c++) {
        pixels[LanczosWarp.CHANNELS * index + c] = at(frame, area.x0() + x, area.y0() + y, c);
      }
    }
  }

  /** The pixels of the frame, or beyond it, that an aligned face is made from. */
  public PixelRectangle area(AffineMatrix matrix) {
    PixelRectangle area = template.area(matrix);
    return sharp.isPresent() ? area.widened(LanczosWarp.reach(template.fromSquare(matrix))) : area;
  }

  /** The rectangle before it is made square; overwritten by the next call. */
  RgbImage warp(RgbPart frame, AffineMatrix matrix) {
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

  private static void sample(RgbPart frame, float u, float v, byte[] target, int at) {
    if (u >= 0 && v >= 0 && u < frame.width() - 1 && v < frame.height() - 1) {
      sampleInside(frame, u, v, target, at);
    } else if (u > -1 && v > -1 && u < frame.width() && v < frame.height()) {
      sampleBorder(frame, u, v, target, at);
    } else {
      target[at] = FILL;
      target[at + 1] = FILL;
      target[at + 2] = FILL;
    }
  }

  /** Between four pixels of the frame. */
  private static void sampleInside(RgbPart frame, float u, float v, byte[] target, int at) {
    int x = (int) u;
    int y = (int) v;
    float right = u - x;
    float below = v - y;
    byte[] source = frame.pixels().pixels();
    int upper = frame.index(x, y);
    int lower = upper + 3 * frame.pixels().width();
    for (int c = 0; c < 3; c++) {
      float a = source[upper + c] & 0xff;
      float b = source[upper + c + 3] & 0xff;
      float d = source[lower + c] & 0xff;
      float e = source[lower + c + 3] & 0xff;
      float top = a + right * (b - a);
      float bottom = d + right * (e - d);
      target[at + c] = (byte) (top + below * (bottom - top));
    }
  }

  private static void sampleBorder(RgbPart frame, float u, float v, byte[] target, int at) {
    int x = (int) Math.floor(u);
    int y = (int) Math.floor(v);
    float right = u - x;
    float below = v - y;
    for (int c = 0; c < 3; c++) {
      float a = at(frame, x, y, c);
      float b = at(frame, x + 1, y, c);
      float d = at(frame, x, y + 1, c);
      float e = at(frame, x + 1, y + 1, c);
      float top = a + right * (b - a);
      float bottom = d + right * (e - d);
      target[at + c] = (byte) (top + below * (bottom - top));
    }
  }

  private static float at(RgbPart frame, int x, int y, int channel) {
    boolean inside = x >= 0 && y >= 0 && x < frame.width() && y < frame.height();
    return inside ? frame.pixels().pixels()[frame.index(x, y) + channel] & 0xff : FILL;
  }
}
