package io.latentsync.model.sync;

import com.google.common.math.PairedStatsAccumulator;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;

/**
 * How well a mouth follows a speech: Pearson's correlation of the mouth's opening with the speech's
 * envelope (or with the true opening, where that is known), when the one is shifted against the
 * other by up to 0.6 s: −15 to 15 frames at 25 fps.
 *
 * <p>Few frames say little: of two real clips against their own speech moved away by more than a
 * second, the largest correlation of the 31 shifts is above 0.34 (10 s) and 0.28 (20 s) in one case
 * of twenty, the one in place above 0.18 and 0.12.
 *
 * @param lag the shift at which the correlation is largest, in frames; positive: the picture is
 *     late
 * @param correlation its value there, −1…1
 * @param correlationInPlace its value without any shift, −1…1
 */
public record SyncMeasure(int lag, double correlation, double correlationInPlace)
    implements Serializable {
  private static final int MAX_LAG_MILLISECONDS = 600;

  /** How far around a value the mean reaches that is taken off. */
  private static final int DRIFT_MILLISECONDS = 250;

  /** Fewer pairs of values than this, one second's, say nothing. */
  public static int minPairs(FrameRate rate) {
    return rate.framesIn(1000);
  }

  /** Of a series at 25 fps; see {@link #withoutDrift(float[], FrameRate)}. */
  public static float[] withoutDrift(float[] series) {
    return withoutDrift(series, FrameRate.REFERENCE);
  }

  /**
   * A series without what changes more slowly than the syllables of speech, which come two to seven
   * times a second (Chandrasekaran et al. 2009, "The natural statistics of audiovisual speech"): a
   * smile held over a pause opens the mouth, too. The mean of the half second around each value is
   * taken off; values that are not known (NaN) stay so and do not count in the mean.
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

  /** Of two series of one length at 25 fps. */
  public static Optional<SyncMeasure> of(float[] opening, float[] envelope) {
    return of(opening, envelope, 0, opening.length);
  }

  /** At 25 fps; see {@link #of(float[], float[], int, int, FrameRate)}. */
  public static Optional<SyncMeasure> of(float[] opening, float[] envelope, int first, int end) {
    return of(opening, envelope, first, end, FrameRate.REFERENCE);
  }

  /**
   * The measure over a stretch of a video.
   *
   * @param opening the mouth's opening by frame; NaN where it is not known
   * @param envelope the envelope by frame; NaN where it is not known. Its values beyond the stretch
   *     are used when it is shifted.
   * @param first first frame of the stretch
   * @param end the frame after the stretch's last
   * @param rate of the frames
   * @return the measure; shifts with fewer than {@link #minPairs} of known values, or with one
   *     series constant, do not count. Empty if that leaves no value without a shift.
   */
  public static Optional<SyncMeasure> of(
      float[] opening, float[] envelope, int first, int end, FrameRate rate) {
    return of(Arrays.copyOfRange(opening, first, end), envelope, first, rate);
  }

  /**
   * The measure over a stretch of a video, of whose mouth nothing else is known.
   *
   * @param opening the mouth's opening by frame of the stretch; NaN where it is not known
   * @param envelope the envelope by frame of the whole video, as in {@link #of(float[], float[],
   *     int, int, FrameRate)}
   * @param first first frame of the stretch in the video
   * @param rate of the frames
   */
  public static Optional<SyncMeasure> of(
      float[] opening, float[] envelope, int first, FrameRate rate) {
    int minPairs = minPairs(rate);
    int maxLag = rate.framesIn(MAX_LAG_MILLISECONDS);
    double inPlace = correlation(opening, envelope, first, 0, minPairs);
    if (Double.isNaN(inPlace)) {
      return Optional.empty();
    }
    int bestLag = 0;
    double best = inPlace;
    // By growing distance, so that of equal values the nearest counts.
    for (int distance = 1; distance <= maxLag; distance++) {
      for (int lag : new int[] {-distance, distance}) {
        double value = correlation(opening, envelope, first, lag, minPairs);
        if (value > best) {
          bestLag = lag;
          best = value;
        }
      }
    }
    return Optional.of(new SyncMeasure(bestLag, best, inPlace));
  }

  /** Pearson's correlation of opening[t − first] with envelope[t − lag]; NaN if there is none. */
  private static double correlation(
      float[] opening, float[] envelope, int first, int lag, int minPairs) {
    PairedStatsAccumulator pairs = new PairedStatsAccumulator();
    int stop = Math.min(first + opening.length, envelope.length + lag);
    for (int t = Math.max(first, lag); t < stop; t++) {
      double x = opening[t - first];
      double y = envelope[t - lag];
      if (!Double.isNaN(x) && !Double.isNaN(y)) {
        pairs.add(x, y);
      }
    }
    return pairs.count() < minPairs
            || pairs.xStats().populationVariance() <= 0
            || pairs.yStats().populationVariance() <= 0
        ? Double.NaN
        : pairs.pearsonsCorrelationCoefficient();
  }
}
