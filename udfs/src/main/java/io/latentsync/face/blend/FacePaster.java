package io.latentsync.face.blend;

import static org.bytedeco.opencv.global.opencv_core.ALGO_HINT_ACCURATE;
import static org.bytedeco.opencv.global.opencv_core.BORDER_REFLECT_101;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.LanczosWarp;
import io.latentsync.face.align.Resampling;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Puts re-synthesised faces back into their frames, as the reference implementation's {@code
 * restore_img}: the whole square goes through the inverse warp and a soft-edged box. Works only on
 * the box around the face. Reuses its buffers; not thread-safe.
 */
public final class FacePaster {
  private static final float FILL = 127;

  private final FaceTemplate template;
  private final int resolution;
  private final int width;
  private final int height;
  private final Bicubic horizontal;
  private final Bicubic vertical;
  private final float[] narrowed;
  private final float[] rectangle;
  private final Optional<LanczosWarp> sharp;
  private float[] cover = new float[0];
  private float[] soft = new float[0];

  /** A paster of one resolution, as in the reference implementation. */
  public FacePaster(FaceTemplate template) {
    this(template, Resampling.REFERENCE);
  }

  /** A paster of one resolution. */
  public FacePaster(FaceTemplate template, Resampling resampling) {
    sharp = resampling.isSharp() ? Optional.of(new LanczosWarp()) : Optional.empty();
    this.template = template;
    resolution = template.resolution();
    width = template.width();
    height = template.height();
    horizontal = new Bicubic(resolution, width);
    vertical = new Bicubic(resolution, height);
    narrowed = new float[3 * resolution * width];
    rectangle = new float[3 * height * width];
  }

  /**
   * Blends a face into the frame, in place. The edge is faded over a twentieth of the face's side,
   * inwards; a face outside the frame changes nothing.
   *
   * @param frame the picture to change
   * @param patch the face
   * @param matrix the map from the frame to the template that the face was cut with
   * @return the box around the pixels that may have changed
   * @throws IllegalArgumentException if the face has another size or the matrix is not invertible
   */
  public PixelRectangle paste(RgbImage frame, FacePatch patch, AffineMatrix matrix) {
    return paste(RgbPart.whole(frame), patch, matrix);
  }

  /**
   * Blends a face into a part of a frame; see {@link #paste(RgbImage, FacePatch, AffineMatrix)}.
   *
   * @param frame contains the {@link #area}
   */
  public PixelRectangle paste(RgbPart frame, FacePatch patch, AffineMatrix matrix) {
    float[] face = patch.pixels();
    if (face.length != 3 * resolution * resolution) {
      throw new IllegalArgumentException(
          "a face of 3×%d×%d has %d values, got %d"
              .formatted(resolution, resolution, 3 * resolution * resolution, face.length));
    }
    float[] share = patch.share();
    if (share.length != 0 && share.length != resolution * resolution) {
      throw new IllegalArgumentException(
          "the shares of a face of %d×%d must have one value per pixel, got %d"
              .formatted(resolution, resolution, share.length));
    }
    PixelRectangle box = area(matrix, frame.pictureArea());
    if (box.isEmpty()) {
      return PixelRectangle.EMPTY;
    }
    fade(box, matrix);
    if (sharp.isPresent()) {
      return blendSharp(frame, box, patch, template.toSquare(matrix), sharp.get());
    }
    stretch(face);
    return blend(frame, box, matrix, share);
  }

  /**
   * The pixels of a frame that a pasted face depends on or changes: those that it covers with a
   * margin, wide enough for the borders to be either the frame's or beyond the reach of the fading.
   *
   * @param picture all pixels of the frame
   * @throws IllegalArgumentException if the matrix is not invertible
   */
  public PixelRectangle area(AffineMatrix matrix, PixelRectangle picture) {
    PixelRectangle covered = template.area(matrix).intersection(picture);
    if (covered.isEmpty()) {
      return PixelRectangle.EMPTY;
    }
    double pixels = (double) (covered.x1() - covered.x0()) * (covered.y1() - covered.y0());
    return covered.widened(edge(pixels) + 1).intersection(picture);
  }

  /**
   * Fills {@link #cover} (how far the face covers each pixel, 0…1) and {@link #soft} (the same with
   * faded edges) for a box.
   */
  private void fade(PixelRectangle box, AffineMatrix matrix) {
    int boxWidth = box.x1() - box.x0();
    int boxHeight = box.y1() - box.y0();
    int size = boxWidth * boxHeight;
    if (soft.length < size) {
      cover = new float[size];
      soft = new float[size];
    }
    int at = 0;
    for (int y = box.y0(); y < box.y1(); y++) {
      for (int x = box.x0(); x < box.x1(); x++) {
        float u = matrix.m00() * x + matrix.m01() * y + matrix.m02();
        float v = matrix.m10() * x + matrix.m11() * y + matrix.m12();
        cover[at++] = inside(u, width) * inside(v, height);
      }
    }
    try (FloatPointer values = new FloatPointer(size);
        Mat mask = new Mat(boxHeight, boxWidth, CV_32F, values)) {
      values.put(cover, 0, size);
      erode(mask, 2);
      values.get(cover, 0, size);
      double area = 0;
      for (int i = 0; i < size; i++) {
        area += cover[i];
      }
      int edge = edge(area);
      erode(mask, 2 * edge);
      try (Size kernel = new Size(2 * edge + 1, 2 * edge + 1)) {
        double sigma = 0.3 * (edge - 1) + 0.8;
        opencv_imgproc.GaussianBlur(
            mask, mask, kernel, sigma, sigma, BORDER_REFLECT_101, ALGO_HINT_ACCURATE);
      }
      values.get(soft, 0, size);
    }
  }

  /** Half the width of the faded edge: a twentieth of the side of a square of this area. */
  private static int edge(double area) {
    return Math.max(1, (int) Math.sqrt(area) / 20);
  }

  /** A bilinear sample of a row of ones with zeros outside. */
  private static float inside(float at, int length) {
    return at >= 0 && at <= length - 1
        ? 1
        : Math.max(0, Math.min(1, Math.min(at + 1, length - at)));
  }

  /** Erosion by a square; an even one reaches one pixel further to the left and up. */
  private static void erode(Mat mask, int side) {
    try (Size size = new Size(side, side);
        Mat square = opencv_imgproc.getStructuringElement(opencv_imgproc.MORPH_RECT, size)) {
      opencv_imgproc.erode(mask, mask, square);
    }
  }

  /** Resizes the face to the template's {@link #rectangle}, colours interleaved. */
  private void stretch(float[] face) {
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < resolution; y++) {
        narrow(face, (c * resolution + y) * resolution, 3 * y * width + c);
      }
    }
    int row = 3 * width;
    int taps = vertical.taps;
    for (int y = 0; y < height; y++) {
      int target = y * row;
      Arrays.fill(rectangle, target, target + row, 0);
      for (int k = 0; k < taps; k++) {
        int source = (vertical.first[y] + k) * row;
        float weight = vertical.weights[y * taps + k];
        for (int i = 0; i < row; i++) {
          rectangle[target + i] += weight * narrowed[source + i];
        }
      }
    }
  }

  /**
   * Resizes a row of one colour. The rectangle is narrower than the square, so there are at least
   * five taps, and usually no more: their loop is unrolled, because it takes most of the time.
   */
  private void narrow(float[] face, int source, int target) {
    float[] weights = horizontal.weights;
    int[] first = horizontal.first;
    int taps = horizontal.taps;
    for (int x = 0; x < width; x++) {
      int from = source + first[x];
      int w = x * taps;
      float sum = weights[w] * face[from];
      sum += weights[w + 1] * face[from + 1];
      sum += weights[w + 2] * face[from + 2];
      sum += weights[w + 3] * face[from + 3];
      sum += weights[w + 4] * face[from + 4];
      for (int k = 5; k < taps; k++) {
        sum += weights[w + k] * face[from + k];
      }
      narrowed[target + 3 * x] = sum;
    }
  }

  private PixelRectangle blend(
      RgbPart frame, PixelRectangle box, AffineMatrix matrix, float[] shares) {
    byte[] pixels = frame.pixels().pixels();
    float[] colour = new float[3];
    int left = box.x1();
    int right = box.x0();
    int top = box.y1();
    int bottom = box.y0();
    int at = 0;
    for (int y = box.y0(); y < box.y1(); y++) {
      int pixel = frame.index(box.x0(), y);
      for (int x = box.x0(); x < box.x1(); x++, at++, pixel += 3) {
        float share = soft[at];
        if (share <= 0) {
          continue;
        }
        float u = matrix.m00() * x + matrix.m01() * y + matrix.m02();
        float v = matrix.m10() * x + matrix.m11() * y + matrix.m12();
        if (shares.length > 0) {
          share *= shareAt(shares, u, v);
          if (share <= 0) {
            continue;
          }
        }
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = y + 1;
        float covered = cover[at];
        float rest = 1 - share;
        if (u >= 0 && v >= 0 && u < width - 1 && v < height - 1) {
          int column = (int) u;
          int row = (int) v;
          float toRight = u - column;
          float below = v - row;
          int upper = 3 * (row * width + column);
          int lower = upper + 3 * width;
          for (int c = 0; c < 3; c++) {
            float a = rectangle[upper + c];
            float d = rectangle[lower + c];
            float above = a + toRight * (rectangle[upper + c + 3] - a);
            float value = above + below * (d + toRight * (rectangle[lower + c + 3] - d) - above);
            float mixed = share * (covered * level(value)) + rest * (pixels[pixel + c] & 0xff);
            pixels[pixel + c] = (byte) mixed;
          }
        } else {
          sampleBorder(u, v, colour);
          for (int c = 0; c < 3; c++) {
            float mixed = share * (covered * level(colour[c])) + rest * (pixels[pixel + c] & 0xff);
            pixels[pixel + c] = (byte) mixed;
          }
        }
      }
    }
    return left < right ? new PixelRectangle(left, top, right, bottom) : PixelRectangle.EMPTY;
  }

  private PixelRectangle blendSharp(
      RgbPart frame, PixelRectangle box, FacePatch patch, AffineMatrix toSquare, LanczosWarp warp) {
    float[] warped = warp.warp(new Levels(patch, resolution), toSquare, box);
    byte[] pixels = frame.pixels().pixels();
    int at = 0;
    for (int y = box.y0(); y < box.y1(); y++) {
      int pixel = frame.index(box.x0(), y);
      for (int x = box.x0(); x < box.x1(); x++, at++, pixel += 3) {
        float share = soft[at];
        if (share > 0 && patch.share().length > 0) {
          float u = toSquare.m00() * x + toSquare.m01() * y + toSquare.m02();
          float v = toSquare.m10() * x + toSquare.m11() * y + toSquare.m12();
          share *= shareInSquare(patch.share(), u, v);
        }
        if (share > 0) {
          int from = LanczosWarp.CHANNELS * at;
          for (int c = 0; c < 3; c++) {
            float before = pixels[pixel + c] & 0xff;
            float face = warped[from + c] + warped[from + 3] * before;
            float clamped = Math.max(0, Math.min(255, face));
            pixels[pixel + c] = (byte) Math.round(before + share * (clamped - before));
          }
        }
      }
    }
    return box;
  }

  /** The grey levels of a face, not clamped, and the weights of the frame. */
  private record Levels(FacePatch patch, int side) implements LanczosWarp.Source {
    @Override
    public int width() {
      return side;
    }

    @Override
    public int height() {
      return side;
    }

    @Override
    public void row(int y, float[] pixels) {
      for (int x = 0; x < side; x++) {
        copy(y * side + x, pixels, LanczosWarp.CHANNELS * x);
      }
    }

    @Override
    public void column(int x, float[] pixels) {
      for (int y = 0; y < side; y++) {
        copy(y * side + x, pixels, LanczosWarp.CHANNELS * y);
      }
    }

    private void copy(int index, float[] pixels, int at) {
      for (int c = 0; c < 3; c++) {
        pixels[at + c] = (patch.pixels()[c * side * side + index] / 2 + 0.5f) * 255;
      }
      pixels[at + 3] = patch.kept().length > 0 ? patch.kept()[index] : 0;
    }
  }

  /** The grey level of a network's value, 0…255. */
  private static float level(float value) {
    float half = value / 2 + 0.5f;
    return (half < 0 ? 0 : half > 1 ? 1 : half) * 255;
  }

  private void sampleBorder(float u, float v, float[] colour) {
    int x = (int) Math.floor(u);
    int y = (int) Math.floor(v);
    float right = u - x;
    float below = v - y;
    for (int c = 0; c < 3; c++) {
      float above = (1 - right) * at(x, y, c) + right * at(x + 1, y, c);
      float under = (1 - right) * at(x, y + 1, c) + right * at(x + 1, y + 1, c);
      colour[c] = (1 - below) * above + below * under;
    }
  }

  /** A bilinear sample of the square of shares at a place of the rectangle; 0 outside. */
  private float shareAt(float[] shares, float u, float v) {
    float x = (u + 0.5f) * resolution / width - 0.5f;
    float y = (v + 0.5f) * resolution / height - 0.5f;
    return shareInSquare(shares, x, y);
  }

  private float shareInSquare(float[] shares, float x, float y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    if (left < 0 || top < 0 || left >= resolution - 1 || top >= resolution - 1) {
      return 0;
    }
    float right = x - left;
    float below = y - top;
    int corner = top * resolution + left;
    float above = shares[corner] + right * (shares[corner + 1] - shares[corner]);
    corner += resolution;
    float under = shares[corner] + right * (shares[corner + 1] - shares[corner]);
    return above + below * (under - above);
  }

  private float at(int x, int y, int channel) {
    boolean inside = x >= 0 && y >= 0 && x < width && y < height;
    return inside ? rectangle[3 * (y * width + x) + channel] : FILL;
  }
}
