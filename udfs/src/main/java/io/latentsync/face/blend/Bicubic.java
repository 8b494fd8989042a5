package io.latentsync.face.blend;

/**
 * The weights of one direction of an antialiased bicubic resize, as PyTorch's {@code interpolate}
 * with {@code antialias} has them: Keys' kernel (1981) with a = −0.5, pixel centres at halves,
 * stretched over the source when shrinking, normalised at the borders.
 */
final class Bicubic {
  private static final double A = -0.5;

  /** The number of weights of each target index; some at its ends may be 0. */
  final int taps;

  /** The first source index of each target index. */
  final int[] first;

  /** The weights of each target index's source indices, {@code [target, taps]}. */
  final float[] weights;

  Bicubic(int source, int target) {
    first = new int[target];
    double scale = (double) source / target;
    double stretch = Math.max(scale, 1);
    taps = Math.min(source, (int) Math.ceil(4 * stretch));
    weights = new float[taps * target];
    for (int i = 0; i < target; i++) {
      double centre = scale * (i + 0.5);
      int from = Math.max((int) (centre - 2 * stretch + 0.5), 0);
      int to = Math.min((int) (centre + 2 * stretch + 0.5), source);
      double[] row = new double[to - from];
      double sum = 0;
      for (int j = 0; j < row.length; j++) {
        row[j] = kernel((from + j - centre + 0.5) / stretch);
        sum += row[j];
      }
      first[i] = Math.min(from, source - taps);
      for (int j = 0; j < row.length; j++) {
        weights[i * taps + from - first[i] + j] = (float) (row[j] / sum);
      }
    }
  }

  private static double kernel(double x) {
    double d = Math.abs(x);
    if (d < 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < 2 ? A * (((d - 5) * d + 8) * d - 4) : 0;
  }
}
