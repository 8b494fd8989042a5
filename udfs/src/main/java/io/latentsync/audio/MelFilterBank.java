package io.latentsync.audio;

/**
 * Triangular filters, equally spaced on Slaney's mel scale (linear below 1 kHz, logarithmic above)
 * and of equal area, as {@code librosa.filters.mel} makes them (M. Slaney, Auditory Toolbox, 1998).
 */
final class MelFilterBank {
  private static final double HZ_PER_MEL = 200.0 / 3;
  private static final double LOG_START_HZ = 1000;
  private static final double LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
  private static final double LOG_STEP = Math.log(6.4) / 27;

  /** By filter, then by bin of the spectrum. */
  private final float[][] weights;

  /** Per filter the first bin with weight and the one after the last. */
  private final int[] from;

  private final int[] to;

  /**
   * Computes the bank.
   *
   * @param filters number of filters, spread from 0 Hz to half the sample rate
   * @param bins bins of the one-sided spectrum, both ends included
   * @param sampleRate in Hz
   */
  MelFilterBank(int filters, int bins, int sampleRate) {
    weights = new float[filters][bins];
    from = new int[filters];
    to = new int[filters];
    double nyquist = sampleRate / 2.0;
    double step = mel(nyquist) / (filters + 1);
    for (int i = 0; i < filters; i++) {
      double left = hertz(i * step);
      double centre = hertz((i + 1) * step);
      double right = hertz((i + 2) * step);
      from[i] = bins;
      for (int bin = 0; bin < bins; bin++) {
        double f = bin * nyquist / (bins - 1);
        double height = Math.min((f - left) / (centre - left), (right - f) / (right - centre));
        if (height > 0) {
          weights[i][bin] = (float) (height * 2 / (right - left));
          from[i] = Math.min(from[i], bin);
          to[i] = bin + 1;
        }
      }
    }
  }

  private static double mel(double hertz) {
    return hertz < LOG_START_HZ
        ? hertz / HZ_PER_MEL
        : LOG_START_MEL + Math.log(hertz / LOG_START_HZ) / LOG_STEP;
  }

  private static double hertz(double mel) {
    return mel < LOG_START_MEL
        ? mel * HZ_PER_MEL
        : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
  }

  int filters() {
    return weights.length;
  }

  /** Weight of one bin in one filter. */
  float weight(int filter, int bin) {
    return weights[filter][bin];
  }

  /** The power that one filter lets through. */
  double apply(int filter, double[] power) {
    double sum = 0;
    for (int bin = from[filter]; bin < to[filter]; bin++) {
      sum += weights[filter][bin] * power[bin];
    }
    return sum;
  }
}
