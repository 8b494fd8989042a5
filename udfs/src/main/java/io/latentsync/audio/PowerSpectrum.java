package io.latentsync.audio;

import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_core.DFT_ROWS;
import static org.bytedeco.opencv.global.opencv_core.dft;

import java.io.IOException;
import java.nio.DoubleBuffer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * The power spectrum of a track over time: Fourier transform of the 400 samples around every 160th,
 * under a periodic Hann window. Beyond its ends the track is mirrored. A column has the same bits
 * in whichever block it is computed. Instances are immutable.
 */
final class PowerSpectrum {
  private static final int FFT = 400;

  /** Frequencies of a column. */
  static final int BINS = FFT / 2 + 1;

  /** Hertz from one frequency to the next. */
  static final int BIN_HERTZ = PcmSource.SAMPLE_RATE / FFT;

  private final double[] hann = new double[FFT];

  PowerSpectrum() {
    for (int i = 0; i < FFT; i++) {
      // Includes the scale of signed 16-bit samples to -1…1.
      hann[i] = (0.5 - 0.5 * Math.cos(2 * Math.PI * i / FFT)) / 32768;
    }
  }

  /** The power at each frequency, by column and bin. */
  double[][] power(PcmSource track, long firstColumn, int count) throws IOException {
    double[] frames = windowedFrames(track, firstColumn, count);
    try (Mat time = new Mat(count, FFT, CV_64F);
        Mat frequency = new Mat(count, FFT, CV_64F)) {
      time.<DoubleBuffer>createBuffer().put(frames);
      dft(time, frequency, DFT_ROWS, 0);
      frequency.<DoubleBuffer>createBuffer().get(frames);
    }
    double[][] power = new double[count][BINS];
    for (int column = 0; column < count; column++) {
      // A row is Re0, Re1, Im1, …, Re199, Im199, Re200.
      int row = column * FFT;
      power[column][0] = frames[row] * frames[row];
      power[column][BINS - 1] = frames[row + FFT - 1] * frames[row + FFT - 1];
      for (int bin = 1; bin < BINS - 1; bin++) {
        double re = frames[row + 2 * bin - 1];
        double im = frames[row + 2 * bin];
        power[column][bin] = re * re + im * im;
      }
    }
    return power;
  }

  /** The samples around each column times the window function, [count, 400]. */
  private double[] windowedFrames(PcmSource track, long firstColumn, int count) throws IOException {
    long samples = track.samples();
    long start = firstColumn * LogMel.HOP - FFT / 2;
    long end = (firstColumn + count - 1) * LogMel.HOP + FFT / 2;
    // Beyond an end the track is mirrored, so the block needs the samples on this side of it.
    long from = Math.max(0, Math.min(start, 2 * (samples - 1) - (end - 1)));
    long to = Math.min(samples, Math.max(end, 1 - start));
    short[] pcm = new short[(int) (to - from)];
    track.read(from, pcm);
    double[] frames = new double[count * FFT];
    for (int column = 0; column < count; column++) {
      for (int i = 0; i < FFT; i++) {
        long sample = mirrored(start + (long) column * LogMel.HOP + i, samples);
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
