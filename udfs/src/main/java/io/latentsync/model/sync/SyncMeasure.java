package io.latentsync.model.sync;

import com.google.common.math.PairedStats;
import com.google.common.math.PairedStatsAccumulator;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;

/**
 * How well a mouth follows a speech: Pearson's correlation of the mouth's opening with the speech's
 * envelope, or with the true opening if that is known. One series is shifted against the other by
 * up to 0.6 s: −15 to 15 frames at 25 fps.
 *
 * <p>Short ranges give imprecise values. For two real clips against their own speech shifted by
 * more than a second, the 95th percentile of the largest of the 31 correlations is 0.34 (10 s) and
 * 0.28 (20 s); that of the correlation at lag 0 is 0.18 and 0.12.
 *
 * @param lag the shift at which the correlation is largest, in frames; positive: the picture is
 *     late
 * @param correlation the correlation at that lag, −1…1
 * @param correlationInPlace the correlation at lag 0, −1…1
 * @param significant whether {@code lag} is not 0 and {@code correlation} is significantly larger
 *     than 0 and than {@code correlationInPlace}, as the largest of 31 shifts; see {@link
 *     Significance}
 */
public record SyncMeasure(
    int lag, double correlation, double correlationInPlace, boolean significant)
    implements Serializable {
  private static final int MAX_LAG_MILLISECONDS = 600;

  /** Half the length of the window whose mean is subtracted. */
  private static final int DRIFT_MILLISECONDS = 250;

  /** The minimum number of pairs of values: one second. */
  public static int minPairs(FrameRate rate) {
    return rate.framesIn(1000);
  }

  /**
   * Removes slow changes from a series at 25 fps; see {@link #withoutDrift(float[], FrameRate)}.
   */
  public static float[] withoutDrift(float[] series) {
    return withoutDrift(series, FrameRate.REFERENCE);
  }

  /**
   * Removes changes that are slower than syllables, which have a rate of 2 to 7 Hz (Chandrasekaran
   * et al. 2009, "The natural statistics of audiovisual speech"); a smile, for example, opens the
   * mouth without speech. Subtracts from each value the mean of the half second around it. Unknown
   * values (NaN) stay NaN and are left out of the mean.
   */
  public static float[] withoutDrift(float[] series, FrameRate rate) {
    int reach = rate.framesIn(DRIFT_MILLISECONDS);
    float[] result = new float[series.length];
    for (int t = 0; t < series.length; t++) {
      double sum = 0;
      int known = 0;
      int end = Math.min(series.length, t + reach + 1);
      for (int s = Math.max(0, t - reach); s < end; s++) {
        if (!Float.isNaN(series[s])) {
          sum += series[s];
          known++;
        }
      }
      result[t] = (float) (series[t] - sum / known);
    }
    return result;
  }

  /** The measure of two series of equal length at 25 fps. */
  public static Optional<SyncMeasure> of(float[] opening, float[] envelope) {
    return of(opening, envelope, 0, opening.length);
  }

  /**
   * The measure of a range of a video at 25 fps; see {@link #of(float[], float[], int, int,
   * FrameRate)}.
   */
  public static Optional<SyncMeasure> of(float[] opening, float[] envelope, int first, int end) {
    return of(opening, envelope, first, end, FrameRate.REFERENCE);
  }

  /**
   * The measure of a range of a video.
   *
   * @param opening the mouth's opening by frame; NaN where it is not known
   * @param envelope the envelope by frame; NaN where it is not known. Its values beyond the range
   *     are used when it is shifted.
   * @param first first frame of the range
   * @param end the frame after the range's last
   * @param rate of the frames
   * @return the measure; shifts with fewer than {@link #minPairs} known pairs, or with a constant
   *     series, are skipped. Empty if the shift 0 is skipped.
   */
  public static Optional<SyncMeasure> of(
      float[] opening, float[] envelope, int first, int end, FrameRate rate) {
    return of(Arrays.copyOfRange(opening, first, end), envelope, first, rate);
  }

  /**
   * The measure of a range of a video, from the mouth openings of that range alone.
   *
   * @param opening the mouth's opening by frame of the range; NaN where it is not known
   * @param envelope the envelope by frame of the whole video, as in {@link #of(float[], float[],
   *     int, int, FrameRate)}
   * @param first first frame of the range in the video
   * @param rate of the frames
   */
  public static Optional<SyncMeasure> of(
      float[] opening, float[] envelope, int first, FrameRate rate) {
    int minPairs = minPairs(rate);
    int maxLag = rate.framesIn(MAX_LAG_MILLISECONDS);
    double inPlace = correlation(pairs(opening, envelope, first, 0), minPairs);
    if (Double.isNaN(inPlace)) {
      return Optional.empty();
    }
    int bestLag = 0;
    double best = inPlace;
    // In order of distance from lag 0, so that the nearest of equal values is chosen.
    for (int distance = 1; distance <= maxLag; distance++) {
      for (int lag : new int[] {-distance, distance}) {
        double value = correlation(pairs(opening, envelope, first, lag), minPairs);
        if (value > best) {
          bestLag = lag;
          best = value;
        }
      }
    }
    boolean significant =
        bestLag != 0
            && Significance.of(
                    opening,
                    Arrays.copyOfRange(
                        envelope, first, Math.min(first + opening.length, envelope.length)),
                    pairs(opening, envelope, first, bestLag).count(),
                    rate)
                .isLarger(best, inPlace);
    return Optional.of(new SyncMeasure(bestLag, best, inPlace, significant));
  }

  /** The known pairs of opening[t − first] and envelope[t − lag]. */
  private static PairedStats pairs(float[] opening, float[] envelope, int first, int lag) {
    PairedStatsAccumulator pairs = new PairedStatsAccumulator();
    int stop = Math.min(first + opening.length, envelope.length + lag);
    for (int t = Math.max(first, lag); t < stop; t++) {
      double x = opening[t - first];
      double y = envelope[t - lag];
      if (!Double.isNaN(x) && !Double.isNaN(y)) {
        pairs.add(x, y);
      }
    }
    return pairs.snapshot();
  }

  /** Pearson's correlation; NaN if there is none. */
  private static double correlation(PairedStats pairs, int minPairs) {
    return pairs.count() < minPairs
            || pairs.xStats().populationVariance() <= 0
            || pairs.yStats().populationVariance() <= 0
        ? Double.NaN
        : pairs.pearsonsCorrelationCoefficient();
  }
}
