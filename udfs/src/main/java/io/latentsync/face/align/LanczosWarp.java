package io.latentsync.face.align;

import io.latentsync.image.PixelRectangle;

/**
 * Resamples pictures by affine maps with Lanczos's kernel of three lobes, which is stretched where
 * the picture shrinks, against aliases. Two passes, along the rows of the source and then along its
 * columns, as in Catmull and Smith, "3-D transformations of images in scanline order" (1980). Where
 * a picture that is turned by an angle shrinks, a part of the finest detail along the rows, the
 * angle's tangent, is still undersampled. Pixels outside the source are those of its edge.
 *
 * <p>Pixels have {@value #CHANNELS} values. The result is a function of the arguments. Reuses its
 * buffers; not thread-safe.
 */
public final class LanczosWarp {
  /** Values of a pixel. */
  public static final int CHANNELS = 4;

  private static final int LOBES = 3;

  /** Positions between two pixels with weights of their own, as a power of two. */
  private static final int PHASE_BITS = 8;

  private static final int PHASES = 1 << PHASE_BITS;

  private static final Kernel UNSTRETCHED = Kernel.stretched(1);

  private float[] line = new float[0];
  private float[] middle = new float[0];
  private float[] result = new float[0];

  /**
   * The weights of a row of pixels around a position.
   *
   * @param reach weighted pixels on each side of the position
   * @param weights {@code [PHASES, 2 * reach]}
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Kernel(int reach, float[] weights) {
    static Kernel of(double step) {
      return step <= 1 ? UNSTRETCHED : stretched(step);
    }

    static Kernel stretched(double stretch) {
      int reach = (int) Math.ceil(LOBES * stretch);
      float[] weights = new float[PHASES * 2 * reach];
      double[] row = new double[2 * reach];
      for (int phase = 0; phase < PHASES; phase++) {
        double sum = 0;
        for (int k = 0; k < row.length; k++) {
          row[k] = lanczos((k - reach + 1 - (double) phase / PHASES) / stretch);
          sum += row[k];
        }
        for (int k = 0; k < row.length; k++) {
          weights[phase * row.length + k] = (float) (row[k] / sum);
        }
      }
      return new Kernel(reach, weights);
    }

    private static double lanczos(double x) {
      return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
    }

    private static double sinc(double x) {
      if (x == Math.rint(x)) {
        return x == 0 ? 1 : 0;
      }
      return StrictMath.sin(Math.PI * x) / (Math.PI * x);
    }
  }

  /** A picture to resample. */
  public interface Source {
    /** Pixels in a row. */
    int width();

    /** Rows. */
    int height();

    /** Copies the {@link #CHANNELS} values of each pixel of a row. */
    void row(int y, float[] pixels);

    /** Copies the {@link #CHANNELS} values of each pixel of a column. */
    void column(int x, float[] pixels);
  }

  /** A row or column of the source. */
  @FunctionalInterface
  private interface Lines {
    void read(int index, float[] pixels);
  }

  /** Pixels around a place of the source that a pixel of the target depends on. */
  static int reach(AffineMatrix toSource) {
    double across = Math.hypot(toSource.m00(), toSource.m10());
    double down = Math.hypot(toSource.m01(), toSource.m11());
    // The passes stretch by up to √2 more than the map where it is turned.
    return (int) Math.ceil(LOBES * Math.max(1, 1.5 * Math.max(across, down))) + 1;
  }

  /**
   * Resamples a picture.
   *
   * @param toSource the map from pixels of the target to pixels of the source: a rotation, with any
   *     scale of each axis
   * @param target the rectangle of the target to fill
   * @return {@code [target's height, target's width, CHANNELS]}, perhaps followed by other values;
   *     overwritten by the next call
   */
  public float[] warp(Source source, AffineMatrix toSource, PixelRectangle target) {
    double shiftX = toSource.m00() * target.x0() + toSource.m01() * target.y0() + toSource.m02();
    double shiftY = toSource.m10() * target.x0() + toSource.m11() * target.y0() + toSource.m12();
    int columns = target.x1() - target.x0();
    int rows = target.y1() - target.y0();
    if (Math.abs(toSource.m00()) >= Math.abs(toSource.m10())) {
      Axis across = new Axis(toSource.m00(), toSource.m01(), shiftX, source.width());
      Axis down = new Axis(toSource.m10(), toSource.m11(), shiftY, source.height());
      passes(source::row, across, down, columns, rows);
    } else {
      // Turned by more than 45°: the rows of the target run along the columns of the source.
      Axis across = new Axis(toSource.m10(), toSource.m11(), shiftY, source.height());
      Axis down = new Axis(toSource.m00(), toSource.m01(), shiftX, source.width());
      passes(source::column, across, down, columns, rows);
    }
    return result;
  }

  /**
   * A coordinate in the source, as a function of the target's column and row.
   *
   * @param length of the source in this direction
   */
  private record Axis(double perColumn, double perRow, double start, int length) {
    double at(double column, double row) {
      return start + perColumn * column + perRow * row;
    }
  }

  private void passes(Lines source, Axis across, Axis down, int columns, int rows) {
    // Where a column of the target meets a row of the source.
    double shear = across.perRow() / down.perRow();
    Axis met =
        new Axis(
            across.perColumn() - shear * down.perColumn(),
            shear,
            across.start() - shear * down.start(),
            across.length());
    Kernel along = Kernel.of(Math.abs(met.perColumn()));
    Kernel downwards = Kernel.of(Math.hypot(down.perColumn(), down.perRow()));
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int corner = 0; corner < 4; corner++) {
      double place = down.at((corner & 1) * (columns - 1), (corner >> 1) * (rows - 1));
      low = Math.min(low, place);
      high = Math.max(high, place);
    }
    int first = clamp((int) Math.floor(low) - downwards.reach(), down.length());
    int last = clamp((int) Math.ceil(high) + downwards.reach(), down.length());
    middle = atLeast(middle, CHANNELS * columns * (last - first + 1));
    line = atLeast(line, CHANNELS * across.length());
    for (int row = first; row <= last; row++) {
      source.read(row, line);
      resampleRow(row, met, along, columns, CHANNELS * columns * (row - first));
    }
    result = atLeast(result, CHANNELS * columns * rows);
    for (int y = 0; y < rows; y++) {
      resampleColumns(down, downwards, columns, y, first, last);
    }
  }

  /** Fills a row of {@link #middle} from {@link #line}. */
  private void resampleRow(int row, Axis across, Kernel kernel, int columns, int target) {
    int taps = 2 * kernel.reach();
    float[] weights = kernel.weights();
    int length = across.length();
    for (int x = 0; x < columns; x++) {
      long place = Math.round(across.at(x, row) * PHASES);
      int from = Math.toIntExact(place >> PHASE_BITS) - kernel.reach() + 1;
      int weight = (int) (place & (PHASES - 1)) * taps;
      float a = 0;
      float b = 0;
      float c = 0;
      float d = 0;
      boolean inside = from >= 0 && from + taps <= length;
      for (int k = 0; k < taps; k++) {
        float w = weights[weight + k];
        int at = CHANNELS * (inside ? from + k : clamp(from + k, length));
        a += w * line[at];
        b += w * line[at + 1];
        c += w * line[at + 2];
        d += w * line[at + 3];
      }
      int at = target + CHANNELS * x;
      middle[at] = a;
      middle[at + 1] = b;
      middle[at + 2] = c;
      middle[at + 3] = d;
    }
  }

  /** Fills a row of {@link #result} from {@link #middle}, whose rows are first to last. */
  private void resampleColumns(Axis down, Kernel kernel, int columns, int y, int first, int last) {
    int taps = 2 * kernel.reach();
    float[] weights = kernel.weights();
    int stride = CHANNELS * columns;
    for (int x = 0; x < columns; x++) {
      long place = Math.round(down.at(x, y) * PHASES);
      int from = Math.toIntExact(place >> PHASE_BITS) - kernel.reach() + 1;
      int weight = (int) (place & (PHASES - 1)) * taps;
      float a = 0;
      float b = 0;
      float c = 0;
      float d = 0;
      for (int k = 0; k < taps; k++) {
        float w = weights[weight + k];
        int row = Math.max(first, Math.min(last, from + k)) - first;
        int at = row * stride + CHANNELS * x;
        a += w * middle[at];
        b += w * middle[at + 1];
        c += w * middle[at + 2];
        d += w * middle[at + 3];
      }
      int at = y * stride + CHANNELS * x;
      result[at] = a;
      result[at + 1] = b;
      result[at + 2] = c;
      result[at + 3] = d;
    }
  }

  private static int clamp(int index, int length) {
    return Math.max(0, Math.min(length - 1, index));
  }

  private static float[] atLeast(float[] buffer, int length) {
    return buffer.length < length ? new float[length] : buffer;
  }
}
