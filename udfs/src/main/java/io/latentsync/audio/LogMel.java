package io.latentsync.audio;

import java.io.IOException;

/**
 * Whisper's log-mel spectrogram (openai/whisper, {@code log_mel_spectrogram}): short-time Fourier
 * transform of 400 samples every 160, periodic Hann window, power, 80 mel bands, log10, limited to
 * 8 below the track's peak, then (x + 4) / 4.
 *
 * <p>The peak is that of the whole track: {@link #peak} computes it once, and {@link #window} needs
 * it. A column's bits do not depend on the block that it is computed in. Instances are immutable.
 */
public final class LogMel {
  /** Mel bands of a column. */
  public static final int BANDS = 80;

  /** Columns of a whisper window: 30 s. */
  public static final int WINDOW_COLUMNS = 3000;

  /** Columns of a feature row of {@link FeatureWindows}. */
  static final int COLUMNS_PER_ROW = 2;

  private static final int BLOCK_COLUMNS = 500;

  /** log10 of the smallest power that differs from silence. */
  private static final double FLOOR = 1e-10;

  private static final float DYNAMIC_RANGE = 8;

  private final MelFilterBank bank =
      new MelFilterBank(BANDS, PowerSpectrum.BINS, PcmSource.SAMPLE_RATE);
  private final PowerSpectrum spectrum = new PowerSpectrum();

  /** Columns of a track: one for each whole hop. */
  public static long columns(long samples) {
    return samples / PowerSpectrum.HOP;
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
   * @param start first column of the window, from 0
   * @param peak of the whole track, from {@link #peak}
   * @return values in row-major order, [80, 3000]
   * @throws IOException if the track cannot be read
   */
  public float[] window(PcmSource track, long start, float peak) throws IOException {
    float[] window = new float[BANDS * WINDOW_COLUMNS];
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
    double[][] power = spectrum.power(track, firstColumn, count);
    float[][] result = new float[count][BANDS];
    for (int column = 0; column < count; column++) {
      for (int band = 0; band < BANDS; band++) {
        double value = Math.max(bank.apply(band, power[column]), FLOOR);
        result[column][band] = (float) StrictMath.log10(value);
      }
    }
    return result;
  }
}
