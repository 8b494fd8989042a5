package io.latentsync.model.sync;

import io.latentsync.time.FrameRate;

/**
 * Tests whether the largest of many correlations of two series is significant.
 *
 * <p>Fisher's transform of a correlation, {@code atanh r}, is about normal with the variance {@code
 * 1 / (n − 3)}, where {@code n} counts independent pairs of values (Fisher 1921, "On the probable
 * error of a coefficient of correlation"). Neighbouring frames are not independent. For two series
 * that are correlated in time but not with one another, the number of independent pairs is {@code
 * n} with
 *
 * <pre>1 / n = 1 / N · (1 + 2 · Σ ρx(k) · ρy(k)), k = 1…K</pre>
 *
 * where {@code N} counts the pairs and {@code ρ} are autocorrelations (Bartlett 1935, "Some aspects
 * of the time-correlation problem in regard to tests of significance"; {@code K = N / 5} after
 * Pyper and Peterman 1998, "Comparison of methods to account for autocorrelation in correlation
 * analyses of fish data", but at most one second).
 *
 * <p>The limit for one comparison is 5 % divided by the 31 shifts at 25 fps (Bonferroni). Higher
 * rates have more shifts in the same time, but not more independent ones.
 *
 * @param pairs number of independent pairs, at most the number of all
 */
record Significance(double pairs) {
  /** A standard normal variable exceeds this value with a probability of 0.05 / 31. */
  private static final double LIMIT = 2.95;

  private static final int LONGEST_MILLISECONDS = 1000;

  private static final int FISHER_LOSS = 3;

  /**
   * Estimates the number of independent pairs.
   *
   * @param x a series; NaN where it is not known
   * @param y the other, of any length
   * @param pairs number of all pairs
   */
  static Significance of(float[] x, float[] y, long pairs, FrameRate rate) {
    long longest = Math.min(pairs / 5, rate.framesIn(LONGEST_MILLISECONDS));
    double sum = 0;
    for (int k = 1; k <= longest; k++) {
      sum += autocorrelation(x, k) * autocorrelation(y, k);
    }
    return new Significance(pairs / Math.max(1, 1 + 2 * sum));
  }

  /**
   * Whether the largest correlation is significantly larger than 0 and than the correlation at lag
   * 0. The variance of a difference of two values is twice that of one.
   *
   * @param largest largest correlation of all shifts
   * @param inPlace correlation at lag 0
   */
  boolean isLarger(double largest, double inPlace) {
    double precision = Math.sqrt(Math.max(0, pairs - FISHER_LOSS));
    return fisher(largest) * precision > LIMIT
        && (fisher(largest) - fisher(inPlace)) * precision / Math.sqrt(2) > LIMIT;
  }

  private static double fisher(double r) {
    // Equal series have a correlation of 1, or slightly more by rounding.
    double inside = Math.max(-1 + 1e-9, Math.min(1 - 1e-9, r));
    return 0.5 * Math.log((1 + inside) / (1 - inside));
  }

  /**
   * The autocorrelation over the pairs of known values; 0 if there is none or the series is
   * constant.
   */
  private static double autocorrelation(float[] series, int distance) {
    double mean = mean(series);
    double variance = 0;
    double covariance = 0;
    int known = 0;
    int pairs = 0;
    for (int t = 0; t < series.length; t++) {
      if (!Float.isNaN(series[t])) {
        double value = series[t] - mean;
        variance += value * value;
        known++;
        if (t >= distance && !Float.isNaN(series[t - distance])) {
          covariance += value * (series[t - distance] - mean);
          pairs++;
        }
      }
    }
    return pairs == 0 || variance == 0 ? 0 : covariance / pairs / (variance / known);
  }

  private static double mean(float[] series) {
    double sum = 0;
    int known = 0;
    for (float value : series) {
      if (!Float.isNaN(value)) {
        sum += value;
        known++;
      }
    }
    return sum / known;
  }
}
