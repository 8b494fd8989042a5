package io.latentsync.face.align;

import io.latentsync.image.RgbImage;
import java.util.Arrays;

/**
 * The resize of {@link Lanczos} between two fixed sizes, with the same bytes. It computes OpenCV's
 * fixed-point arithmetic (integers, so in any order) with columns first, where the inner loops are
 * vectorised. Not thread-safe.
 */
final class LanczosResize {
  private static final int TAPS = 8;

  /** Bits of a weight's fraction; OpenCV's INTER_RESIZE_COEF_BITS. */
  private static final int BITS = 11;

  private final int width;
  private final int height;
  private final Direction across;
  private final Direction down;
  private final int[] levels;
  private final int[] row;

  /** From pictures of one size to those of another. */
  LanczosResize(int sourceWidth, int sourceHeight, int width, int height) {
    this.width = width;
    this.height = height;
    this.across = Direction.of(sourceWidth, width);
    this.down = Direction.of(sourceHeight, height);
    this.levels = new int[3 * sourceWidth * sourceHeight];
    this.row = new int[3 * sourceWidth];
  }

  /**
   * Indices and weights of one direction.
   *
   * @param source eight source indices of each target index, repeated at the borders
   * @param weights their weights, in units of 2⁻¹¹
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Direction(int[] source, int[] weights) {
    static Direction of(int length, int target) {
      int[] source = new int[TAPS * target];
      int[] weights = new int[TAPS * target];
      double scale = 1 / ((double) target / length);
      for (int i = 0; i < target; i++) {
        float centre = (float) ((i + 0.5) * scale - 0.5);
        int floor = (int) Math.floor(centre);
        float[] kernel = kernel(centre - floor);
        for (int k = 0; k < TAPS; k++) {
          source[i * TAPS + k] = Math.max(0, Math.min(length - 1, floor - TAPS / 2 + 1 + k));
          weights[i * TAPS + k] = (int) Math.rint(kernel[k] * (1 << BITS));
        }
      }
      return new Direction(source, weights);
    }

    /**
     * The weights around a position between two samples: sinc(t) sinc(t / 4), normalised. Up to a
     * common factor that is sin(π t / 4) times ±1, ±√½ or 0, divided by t²; in OpenCV's precision.
     */
    private static float[] kernel(float fraction) {
      float[] kernel = new float[TAPS];
      if (fraction < 1e-6f) {
        kernel[TAPS / 2 - 1] = 1;
        return kernel;
      }
      double start = -(fraction + 3) * Math.PI * 0.25;
      double sine = Math.sin(start);
      double cosine = Math.cos(start);
      float sum = 0;
      for (int k = 0; k < TAPS; k++) {
        // Addition theorem: each tap is a turn by 5π/4 further.
        double turn = k * 1.25 * Math.PI;
        double distance = -(fraction + 3 - k) * Math.PI * 0.25;
        kernel[k] =
            (float) ((Math.cos(turn) * sine + Math.sin(turn) * cosine) / (distance * distance));
        sum += kernel[k];
      }
      float scale = 1 / sum;
      for (int k = 0; k < TAPS; k++) {
        kernel[k] *= scale;
      }
      return kernel;
    }
  }

  /** A resized copy. */
  RgbImage resize(RgbImage image) {
    byte[] pixels = image.pixels();
    for (int i = 0; i < levels.length; i++) {
      levels[i] = pixels[i] & 0xff;
    }
    RgbImage result = RgbImage.black(width, height);
    for (int y = 0; y < height; y++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < TAPS; k++) {
        add(down.source()[y * TAPS + k] * row.length, down.weights()[y * TAPS + k]);
      }
      resizeRow(result.pixels(), 3 * y * width);
    }
    return result;
  }

  private void add(int source, int weight) {
    for (int i = 0; i < row.length; i++) {
      row[i] += weight * levels[source + i];
    }
  }

  private void resizeRow(byte[] target, int at) {
    int[] source = across.source();
    int[] weights = across.weights();
    for (int x = 0; x < width; x++) {
      int red = 1 << (2 * BITS - 1);
      int green = red;
      int blue = red;
      for (int k = x * TAPS; k < (x + 1) * TAPS; k++) {
        int weight = weights[k];
        int from = 3 * source[k];
        red += weight * row[from];
        green += weight * row[from + 1];
        blue += weight * row[from + 2];
      }
      target[at + 3 * x] = level(red);
      target[at + 3 * x + 1] = level(green);
      target[at + 3 * x + 2] = level(blue);
    }
  }

  private static byte level(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> (2 * BITS)));
  }
}
