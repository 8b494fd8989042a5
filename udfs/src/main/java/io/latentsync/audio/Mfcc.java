package io.latentsync.audio;

import java.io.IOException;
import java.util.Arrays;

/**
 * Mel-frequency cepstral coefficients as SyncNet's authors compute them (the defaults of {@code
 * python_speech_features.mfcc}): pre-emphasis 0.97; 400 samples every 160, zeros after the track's
 * end, no window function; power spectrum of 512 points, divided by 512; 26 triangular filters on
 * the mel scale 2595 log10(1 + f/700) from 0 to 8 kHz; logarithm; orthonormal discrete cosine
 * transform, 13 coefficients; each times 1 + 11 sin(πk/22); in place of the first the logarithm of
 * the column's power.
 *
 * <p>Samples are in 16-bit units. A column's bits do not depend on the block that it is computed
 * in. Instances are immutable.
 */
public final class Mfcc {
  /** Coefficients of a column. */
  public static final int COEFFICIENTS = 13;

  /** Columns a second. */
  public static final int COLUMNS_PER_SECOND = 100;

  private static final int HOP = PcmSource.SAMPLE_RATE / COLUMNS_PER_SECOND;
  private static final int FRAME = 400;
  private static final int FFT = 512;
  private static final int BINS = FFT / 2 + 1;
  private static final int FILTERS = 26;
  private static final double PRE_EMPHASIS = 0.97;
  private static final int LIFTER = 22;

  /** Replaces a power of 0 before a logarithm: 2⁻⁵². */
  private static final double FLOOR = Math.ulp(1.0);

  private final double[][] filters = filters();
  private final double[][] cosines = cosines();

  /** Computes the tables. */
  public Mfcc() {}

  /** Columns of a track: as many as are needed to cover it, at least one. */
  public static long columns(long samples) {
    return samples <= FRAME ? 1 : 1 + (samples - FRAME + HOP - 1) / HOP;
  }

  /**
   * Some columns of a track; memory does not grow with the track.
   *
   * @param first from 0; columns after the track's end are silent
   * @return by column and coefficient
   * @throws IOException if the track cannot be read
   */
  public float[][] columns(PcmSource track, long first, int count) throws IOException {
    double[][] power = RealFourier.power(frames(track, first, count), count, FFT);
    float[][] columns = new float[count][COEFFICIENTS];
    double[] logs = new double[FILTERS];
    for (int column = 0; column < count; column++) {
      double[] spectrum = power[column];
      for (int bin = 0; bin < BINS; bin++) {
        spectrum[bin] /= FFT;
      }
      for (int filter = 0; filter < FILTERS; filter++) {
        logs[filter] = logarithm(product(filters[filter], spectrum));
      }
      for (int k = 1; k < COEFFICIENTS; k++) {
        columns[column][k] = (float) product(cosines[k], logs);
      }
      columns[column][0] = (float) logarithm(Arrays.stream(spectrum).sum());
    }
    return columns;
  }

  /** The samples of each column after pre-emphasis, zeros up to the transform's length. */
  private static double[] frames(PcmSource track, long first, int count) throws IOException {
    long start = first * HOP;
    // The pre-emphasis of the first sample needs the one before it.
    long from = Math.max(0, Math.min(start - 1, track.samples()));
    long to = Math.min(track.samples(), start + (long) (count - 1) * HOP + FRAME);
    short[] pcm = new short[(int) Math.max(0, to - from)];
    track.read(from, pcm);
    double[] frames = new double[count * FFT];
    for (int column = 0; column < count; column++) {
      for (int i = 0; i < FRAME; i++) {
        long sample = start + (long) column * HOP + i;
        if (sample < to) {
          int at = (int) (sample - from);
          double before = sample == 0 ? 0 : pcm[at - 1];
          frames[column * FFT + i] = pcm[at] - PRE_EMPHASIS * before;
        }
      }
    }
    return frames;
  }

  private static double logarithm(double power) {
    return StrictMath.log(power == 0 ? FLOOR : power);
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** By filter and bin. */
  private static double[][] filters() {
    double[] edges = new double[FILTERS + 2];
    double top = 2595 * Math.log10(1 + PcmSource.SAMPLE_RATE / 2 / 700.0);
    for (int i = 0; i < edges.length; i++) {
      double hertz = 700 * (Math.pow(10, top * i / (edges.length - 1) / 2595) - 1);
      edges[i] = Math.floor((FFT + 1) * hertz / PcmSource.SAMPLE_RATE);
    }
    double[][] filters = new double[FILTERS][BINS];
    for (int i = 0; i < FILTERS; i++) {
      for (int bin = (int) edges[i]; bin < edges[i + 2]; bin++) {
        filters[i][bin] =
            bin < edges[i + 1]
                ? (bin - edges[i]) / (edges[i + 1] - edges[i])
                : (edges[i + 2] - bin) / (edges[i + 2] - edges[i + 1]);
      }
    }
    return filters;
  }

  /** The rows of the cosine transform, each times its weight. */
  private static double[][] cosines() {
    double[][] cosines = new double[COEFFICIENTS][FILTERS];
    for (int k = 1; k < COEFFICIENTS; k++) {
      double weight =
          Math.sqrt(2.0 / FILTERS) * (1 + LIFTER / 2.0 * Math.sin(Math.PI * k / LIFTER));
      for (int i = 0; i < FILTERS; i++) {
        cosines[k][i] = weight * Math.cos(Math.PI * k * (2 * i + 1) / (2 * FILTERS));
      }
    }
    return cosines;
  }
}
