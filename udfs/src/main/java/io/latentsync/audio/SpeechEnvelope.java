package io.latentsync.audio;

import io.latentsync.time.FrameRate;
import java.io.IOException;

/**
 * The amplitude envelope of a speech at the video's frames, in the band that correlates best with
 * the mouth's opening: the root mean square of 800 to 2200 Hz, the second formant (Grant and Seitz
 * 2000, "The use of visible speech cues for improving auditory detection of spoken sentences"),
 * over 120 ms around the middle of the frame. Lower frequencies do not help: the voice's
 * fundamental is as strong with closed lips. Instances are immutable.
 */
public final class SpeechEnvelope {
  private static final int LOWEST_HERTZ = 800;
  private static final int HIGHEST_HERTZ = 2200;

  private static final int COLUMNS_PER_SECOND = PcmSource.SAMPLE_RATE / PowerSpectrum.HOP;

  /** Columns on either side of the one in the middle of the frame. */
  private static final int REACH = 6;

  private static final int BLOCK_FRAMES = 100;

  private final PowerSpectrum spectrum = new PowerSpectrum();

  /** Computes the tables. */
  public SpeechEnvelope() {}

  /**
   * The envelope at some frames at 25 fps; see {@link #frames(PcmSource, FrameRate, long, int)}.
   */
  public float[] frames(PcmSource track, long firstFrame, int count) throws IOException {
    return frames(track, FrameRate.REFERENCE, firstFrame, count);
  }

  /**
   * The envelope at some frames; a frame's bits do not depend on the range that it is computed in.
   * The track counts as silent beyond its ends. Memory does not grow with the track.
   *
   * @param rate of the frames
   * @param firstFrame from 0
   * @param count number of frames
   * @return {@code count} values, from 0 for silence; proportional to the sound's pressure
   * @throws IOException if the track cannot be read
   */
  public float[] frames(PcmSource track, FrameRate rate, long firstFrame, int count)
      throws IOException {
    float[] envelope = new float[count];
    for (int first = 0; first < count; first += BLOCK_FRAMES) {
      int frames = Math.min(BLOCK_FRAMES, count - first);
      long firstColumn = firstColumn(rate, firstFrame + first);
      long lastColumn = firstColumn(rate, firstFrame + first + frames - 1) + 2 * REACH;
      double[] power = bandPower(track, firstColumn, (int) (lastColumn + 1 - firstColumn));
      for (int i = 0; i < frames; i++) {
        int start = (int) (firstColumn(rate, firstFrame + first + i) - firstColumn);
        double sum = 0;
        for (int column = 0; column <= 2 * REACH; column++) {
          sum += power[start + column];
        }
        envelope[first + i] = (float) Math.sqrt(sum / (2 * REACH + 1));
      }
    }
    return envelope;
  }

  /** The first of the columns around the middle of a frame. */
  private static long firstColumn(FrameRate rate, long frame) {
    // Counted in half columns, so that the middle of a frame is a whole number.
    return rate.tick(2 * frame + 1, COLUMNS_PER_SECOND / 2) - REACH;
  }

  /** The power in the band of some columns; 0 where the track has none. */
  private double[] bandPower(PcmSource track, long firstColumn, int count) throws IOException {
    double[] band = new double[count];
    long first = Math.max(0, firstColumn);
    long end = Math.min(firstColumn + count, LogMel.columns(track.samples()));
    if (first < end) {
      double[][] power = spectrum.power(track, first, (int) (end - first));
      for (int column = 0; column < power.length; column++) {
        double sum = 0;
        for (int bin = LOWEST_HERTZ / PowerSpectrum.BIN_HERTZ;
            bin <= HIGHEST_HERTZ / PowerSpectrum.BIN_HERTZ;
            bin++) {
          sum += power[column][bin];
        }
        band[(int) (first - firstColumn) + column] = sum;
      }
    }
    return band;
  }
}
