package io.latentsync.audio;

import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_core.DFT_ROWS;
import static org.bytedeco.opencv.global.opencv_core.dft;

import java.io.IOException;
import java.nio.DoubleBuffer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Whisper's log-mel spectrogram (openai/whisper, {@code log_mel_spectrogram}): short-time Fourier
 * transform of 400 samples every 160, periodic Hann window, power, 80 mel bands, log10, limited to
 * 8 below the track's peak, then (x + 4) / 4.
 *
 * <p>The peak is the whole track's: {@link #peak} finds it once, {@link #window} takes it. A column
 * has the same bits in whichever block it is computed. Instances are immutable.
 */
public final class LogMel {
  /** Mel bands of a column. */
  public static final int BANDS = 80;

  /** Columns of a whisper window: 30 s. */
  public static final int WINDOW_COLUMNS = 3000;

  /** Samples from one column to the next. */
  public static final int HOP = 160;

  private static final int FFT = 400;
  private static final int BINS = FFT / 2 + 1;
  private static final int BLOCK_COLUMNS = 500;

  /** log10 of the smallest power that is told from silence. */
  private static final double FLOOR = 1e-10;

  private static final float DYNAMIC_RANGE = 8;

  private final MelFilterBank bank = new MelFilterBank(BANDS, BINS, PcmSource.SAMPLE_RATE);
  private final double[] hann = new double[FFT];

  /** Computes the tables. */
  public LogMel() {
    for (int i = 0; i < FFT; i++) {
      // Includes the scale of signed 16-bit samples to -1…1.
      hann[i] = (0.5 - 0.5 * Math.cos(2 * Math.PI * i / FFT)) / 32768;
    }
  }

  /** Columns of a track: one for each whole hop. */
  public static long columns(long samples) {
    return samples / HOP;
  }

  /**
   * The largest log10 of a band's power over the whole track, -10 (silence) for a track without
   * columns. Memory does not grow with the track.
   *
   * @throws IOException if the track cannot be read
   */
  public float peak(PcmSource track) throws IOException {
    float peak = (float) Math.log10(FLOOR);
    long columns = columns(track.samples());
    for (long first = 0; first < columns; first += BLOCK_COLUMNS) {
      float[][] block = logPower(track, first, (int) Math.min(BLOCK_COLUMNS, columns - first));
      for (float[] column : block) {
        for (float value : column) {
          peak = Math.max(peak, value);
        }
      }
    }
    return peak;
  }

  /**
   * One window of 3000 columns, zero after the track's end.
   *
   * @param index of the window; it starts at column 3000 index
   * @param peak of the whole track, from {@link #peak}
   * @return values in row-major order, [80, 3000]
   * @throws IOException if the track cannot be read
   */
  public float[] window(PcmSource track, int index, float peak) throws IOException {
    float[] window = new float[BANDS * WINDOW_COLUMNS];
    long start = (long) index * WINDOW_COLUMNS;
    int filled = (int) Math.min(WINDOW_COLUMNS, columns(track.samples()) - start);
    for (int first = 0; first < filled; first += BLOCK_COLUMNS) {
      float[][] block = logPower(track, start + first, Math.min(BLOCK_COLUMNS, filled - first));
      for (int column = 0; column < block.length; column++) {
        for (int band = 0; band < BANDS; band++) {
          float limited = Math.max(block[column][band], peak - DYNAMIC_RANGE);
          window[band * WINDOW_COLUMNS + first + column] = (limited + 4) / 4;
        }
      }
    }
    return window;
  }

  /** log10 of the bands' powers, by column and band. */
  private float[][] logPower(PcmSource track, long firstColumn, int count) throws IOException {
    double[] frames = windowedFrames(track, firstColumn, count);
    float[][] result = new float[count][BANDS];
    try (Mat time = new Mat(count, FFT, CV_64F);
        Mat frequency = new Mat(count, FFT, CV_64F)) {
      time.<DoubleBuffer>createBuffer().put(frames);
      dft(time, frequency, DFT_ROWS, 0);
      frequency.<DoubleBuffer>createBuffer().get(frames);
    }
    double[] power = new double[BINS];
    for (int column = 0; column < count; column++) {
      // A row is Re0, Re1, Im1, …, Re199, Im199, Re200.
      int row = column * FFT;
      power[0] = frames[row] * frames[row];
      power[BINS - 1] = frames[row + FFT - 1] * frames[row + FFT - 1];
      for (int bin = 1; bin < BINS - 1; bin++) {
        double re = frames[row + 2 * bin - 1];
        double im = frames[row + 2 * bin];
        power[bin] = re * re + im * im;
      }
      for (int band = 0; band < BANDS; band++) {
        result[column][band] = (float) StrictMath.log10(Math.max(bank.apply(band, power), FLOOR));
      }
    }
    return result;
  }

  /** The samples around each column times the window function, [count, 400]. */
  private double[] windowedFrames(PcmSource track, long firstColumn, int count) throws IOException {
    long samples = track.samples();
    long start = firstColumn * HOP - FFT / 2;
    long end = (firstColumn + count - 1) * HOP + FFT / 2;
    // Beyond an end the track is mirrored, so the block needs the samples on this side of it.
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
