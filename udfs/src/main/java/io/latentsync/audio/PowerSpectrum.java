package io.latentsync.audio;

import java.io.IOException;

/**
 * The power spectrum of a track over time: Fourier transform of the 400 samples around every 160th,
 * with a periodic Hann window. Beyond its ends the track is mirrored. A column's bits do not depend
 * on the block that it is computed in. Instances are immutable.
 */
public final class PowerSpectrum {
  /** Samples from one column to the next: 10 ms. */
  public static final int HOP = 160;

  private static final int FFT = 400;

  /** Frequencies of a column. */
  static final int BINS = FFT / 2 + 1;

  /** Hertz from one frequency to the next. */
  static final int BIN_HERTZ = PcmSource.SAMPLE_RATE / FFT;

  /**
   * The sum over all frequencies of a sine wave of full scale: a quarter of the length times the
   * sum of the squared window.
   */
  static final double FULL_SCALE = FFT / 4.0 * (3.0 / 8 * FFT);

  private final double[] hann = new double[FFT];

  PowerSpectrum() {
    for (int i = 0; i < FFT; i++) {
      // Includes the scale of signed 16-bit samples to -1…1.
      hann[i] = (0.5 - 0.5 * Math.cos(2 * Math.PI * i / FFT)) / 32768;
    }
  }

  /** The power at each frequency, by column and bin. */
  double[][] power(PcmSource track, long firstColumn, int count) throws IOException {
    return RealFourier.power(windowedFrames(track, firstColumn, count), count, FFT);
  }

  /** The samples around each column times the window function, [count, 400]. */
  private double[] windowedFrames(PcmSource track, long firstColumn, int count) throws IOException {
    long samples = track.samples();
    long start = firstColumn * HOP - FFT / 2;
    long end = (firstColumn + count - 1) * HOP + FFT / 2;
    // Beyond an end the track is mirrored, so the block needs samples from inside the track.
    long from = Math.max(0, Math.min(start, 2 * (samples - 1) - (end - 1)));
    long to = Math.min(samples, Math.max(end, 1 - start));
    short[] pcm = new short[(int) (to - from)];
    track.read(from, pcm);
    double[] frames = new double[count * FFT];
    for (int column = 0; column < count; column++) {
      for (int i = 0; i < FFT; i++) {
        long sample = mirrored(start + (long) column * HOP + i, samples);
        frames[column * FFT + i] = pcm[(int) (sample - from)] * hann[i];
      }
    }
    return frames;
  }

  /**
   * Reflection about the first and last sample, which are not repeated; as often as needed if the
   * track is shorter than half a transform.
   */
  private static long mirrored(long index, long samples) {
    if (index >= 0 && index < samples) {
      return index;
    }
    if (samples == 1) {
      return 0;
    }
    long period = 2 * (samples - 1);
    long folded = Math.floorMod(index, period);
    return folded < samples ? folded : period - folded;
  }
}
