package io.latentsync.audio;

import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Voice activity: the frames of a video in which somebody speaks, by level and voicing.
 *
 * <ul>
 *   <li><b>Level</b>: the power between 300 and 3400 Hz (the telephone band, ITU-T G.712) every 10
 *       ms, relative to the track's 95th percentile. Speech begins at {@value #ON} dB and ends at
 *       {@value #OFF} dB; the hysteresis keeps weak syllables. A track whose 95th percentile is
 *       below {@value #SILENT} dB of full scale is silent.
 *   <li><b>Voicing</b>: a stretch counts only if it has at least {@value #VOICED} voiced columns:
 *       the normalised autocorrelation over 40 ms at 4 kHz, above 100 Hz, has a peak above {@value
 *       #PERIODIC} at a period of 60 to 400 Hz (Rabiner 1977, "On the use of autocorrelation
 *       analysis for pitch detection"). So breath, clicks, noise and hum do not count. Music with a
 *       pitch does count.
 *   <li><b>Pauses</b> shorter than {@value #SHORTEST_PAUSE} ms are speech.
 * </ul>
 *
 * <p>The result is a function of the whole track. Memory: 5 bytes for each 10 ms.
 */
public final class SpeechActivity {
  private static final double ON = -25;
  private static final double OFF = -35;
  private static final double SILENT = -60;
  private static final int VOICED = 3;
  private static final double PERIODIC = 0.6;
  private static final int SHORTEST_PAUSE = 300;

  private static final int LOWEST_HERTZ = 300;
  private static final int HIGHEST_HERTZ = 3400;
  private static final int COLUMN_MILLIS = 10;
  private static final int BLOCK_COLUMNS = 500;
  private static final double LEVEL_PERCENTILE = 0.95;

  /** The autocorrelation is computed on every fourth sample, after a mean of four. */
  private static final int DECIMATION = 4;

  /** In Hertz. */
  private static final double HIGH_PASS_HERTZ = 100;

  private static final int PITCH_WINDOW = 160;
  private static final int SHORTEST_PERIOD = PcmSource.SAMPLE_RATE / DECIMATION / 400;
  private static final int LONGEST_PERIOD = PcmSource.SAMPLE_RATE / DECIMATION / 60;

  private SpeechActivity() {}

  /**
   * The frames with speech.
   *
   * @param rate of the frames
   * @param frames number of frames; the track counts as silent beyond its end
   * @throws IOException if the track cannot be read
   */
  public static BitSet frames(PcmSource track, FrameRate rate, int frames) throws IOException {
    BitSet columns = columns(track);
    BitSet speech = new BitSet(frames);
    for (int frame = 0; frame < frames; frame++) {
      int first = Math.toIntExact(rate.tick(frame, 1000 / COLUMN_MILLIS));
      int end = Math.toIntExact(rate.tick(frame + 1, 1000 / COLUMN_MILLIS));
      int next = columns.nextSetBit(first);
      speech.set(frame, next >= 0 && next < Math.max(end, first + 1));
    }
    return speech;
  }

  /** The columns of 10 ms with speech. */
  private static BitSet columns(PcmSource track) throws IOException {
    float[] level = levels(track);
    BitSet speech = new BitSet(level.length);
    if (level.length == 0) {
      return speech;
    }
    float[] sorted = level.clone();
    Arrays.sort(sorted);
    float loud = sorted[(int) (LEVEL_PERCENTILE * (sorted.length - 1))];
    if (loud < SILENT) {
      return speech;
    }
    int column = 0;
    while (column < level.length) {
      if (level[column] - loud < ON) {
        column++;
        continue;
      }
      int first = column;
      while (first > 0 && level[first - 1] - loud >= OFF) {
        first--;
      }
      while (column < level.length && level[column] - loud >= OFF) {
        column++;
      }
      if (isVoiced(track, first, column)) {
        speech.set(first, column);
      }
    }
    fillShortPauses(speech);
    return speech;
  }

  private static void fillShortPauses(BitSet speech) {
    int end = speech.nextClearBit(Math.max(0, speech.nextSetBit(0)));
    for (int next = speech.nextSetBit(end); next >= 0; next = speech.nextSetBit(end)) {
      if ((next - end) * COLUMN_MILLIS < SHORTEST_PAUSE) {
        speech.set(end, next);
      }
      end = speech.nextClearBit(next);
    }
  }

  /** The power of each column in the band, in dB of full scale. */
  private static float[] levels(PcmSource track) throws IOException {
    PowerSpectrum spectrum = new PowerSpectrum();
    float[] level = new float[Math.toIntExact(LogMel.columns(track.samples()))];
    for (int first = 0; first < level.length; first += BLOCK_COLUMNS) {
      double[][] power =
          spectrum.power(track, first, Math.min(BLOCK_COLUMNS, level.length - first));
      for (int column = 0; column < power.length; column++) {
        double sum = 0;
        for (int bin = LOWEST_HERTZ / PowerSpectrum.BIN_HERTZ;
            bin <= HIGHEST_HERTZ / PowerSpectrum.BIN_HERTZ;
            bin++) {
          sum += power[column][bin];
        }
        level[first + column] = (float) (10 * Math.log10(sum / PowerSpectrum.FULL_SCALE + 1e-12));
      }
    }
    return level;
  }

  /** Whether enough columns of a stretch have a pitch. */
  private static boolean isVoiced(PcmSource track, int first, int end) throws IOException {
    int voiced = 0;
    for (int column = first; column < end && voiced < VOICED; column++) {
      voiced += isPeriodic(track, column) ? 1 : 0;
    }
    return voiced == VOICED;
  }

  private static boolean isPeriodic(PcmSource track, int column) throws IOException {
    int count = DECIMATION * (PITCH_WINDOW + LONGEST_PERIOD);
    long start = (long) column * PowerSpectrum.HOP - count / 2;
    start = Math.max(0, Math.min(start, track.samples() - count));
    short[] pcm = new short[(int) Math.min(count, track.samples())];
    track.read(start, pcm);
    double[] samples = new double[pcm.length / DECIMATION];
    for (int i = 0; i < samples.length; i++) {
      for (int k = 0; k < DECIMATION; k++) {
        samples[i] += pcm[DECIMATION * i + k];
      }
    }
    highPass(samples);
    double before = correlation(samples, SHORTEST_PERIOD - 1);
    double here = correlation(samples, SHORTEST_PERIOD);
    for (int period = SHORTEST_PERIOD; period <= LONGEST_PERIOD; period++) {
      double after = correlation(samples, period + 1);
      // Only a peak is a pitch: slower waves, such as the hum of the mains, are alike at all lags.
      if (here > PERIODIC && here >= before && here >= after) {
        return true;
      }
      before = here;
      here = after;
    }
    return false;
  }

  /**
   * Removes what is below a voice, such as the hum of the mains and a constant offset: noise with
   * it would be alike at all lags. A Butterworth high-pass of second order (R. Bristow-Johnson,
   * "Audio EQ cookbook"), which starts at the first sample's level.
   */
  private static void highPass(double[] samples) {
    double omega = 2 * Math.PI * HIGH_PASS_HERTZ * DECIMATION / PcmSource.SAMPLE_RATE;
    double alpha = Math.sin(omega) / Math.sqrt(2);
    double gain = (1 + Math.cos(omega)) / 2 / (1 + alpha);
    double a1 = -2 * Math.cos(omega) / (1 + alpha);
    double a2 = (1 - alpha) / (1 + alpha);
    double x1 = samples[0];
    double x2 = x1;
    double y1 = 0;
    double y2 = 0;
    for (int i = 0; i < samples.length; i++) {
      double y = gain * (samples[i] - 2 * x1 + x2) - a1 * y1 - a2 * y2;
      x2 = x1;
      x1 = samples[i];
      y2 = y1;
      y1 = y;
      samples[i] = y;
    }
  }

  /** The normalised correlation of a window with the window one period later. */
  private static double correlation(double[] samples, int period) {
    double product = 0;
    double here = 0;
    double later = 0;
    for (int i = 0; i + period < samples.length && i < PITCH_WINDOW; i++) {
      product += samples[i] * samples[i + period];
      here += samples[i] * samples[i];
      later += samples[i + period] * samples[i + period];
    }
    return here > 0 && later > 0 ? product / Math.sqrt(here * later) : 0;
  }
}
