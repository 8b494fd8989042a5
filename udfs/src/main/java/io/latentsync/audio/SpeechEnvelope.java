package io.latentsync.audio;

import java.io.IOException;

/**
 * How loud a speech is at each video frame, which is what a mouth's opening follows: the power from
 * 100 to 4000 Hz (the voice; rumble and most of the hiss are left out), averaged over the 120 ms
 * around the middle of the frame, then raised to 0.3 (loudness after Stevens' power law; it needs
 * no floor to tell silence, and another gain changes all values by one factor). Instances are
 * immutable.
 */
public final class SpeechEnvelope {
  private static final int LOWEST_HERTZ = 100;
  private static final int HIGHEST_HERTZ = 4000;
  private static final double LOUDNESS_EXPONENT = 0.3;

  private static final int COLUMNS_PER_FRAME = 4;

  /** Columns on either side of the one in the middle of the frame. */
  private static final int REACH = 6;

  private static final int BLOCK_FRAMES = 100;

  private final PowerSpectrum spectrum = new PowerSpectrum();

  /** Computes the tables. */
  public SpeechEnvelope() {}

  /**
   * The loudness at some frames at 25 fps; a frame has the same bits in whichever range it is
   * computed. Beyond the track's ends there is silence. Memory does not grow with the track.
   *
   * @param firstFrame from 0
   * @param count number of frames
   * @return {@code count} values, 0 for silence, of no particular unit
   * @throws IOException if the track cannot be read
   */
  public float[] frames(PcmSource track, long firstFrame, int count) throws IOException {
    float[] loudness = new float[count];
    for (int first = 0; first < count; first += BLOCK_FRAMES) {
      int frames = Math.min(BLOCK_FRAMES, count - first);
      double[] power = voicePower(track, firstFrame + first, frames);
      for (int i = 0; i < frames; i++) {
        double sum = 0;
        for (int column = 0; column <= 2 * REACH; column++) {
          sum += power[i * COLUMNS_PER_FRAME + column];
        }
        loudness[first + i] = (float) StrictMath.pow(sum / (2 * REACH + 1), LOUDNESS_EXPONENT);
      }
    }
    return loudness;
  }

  /**
   * The power in the voice's band of all columns that some frames reach; 0 where the track has
   * none.
   */
  private double[] voicePower(PcmSource track, long firstFrame, int frames) throws IOException {
    long firstColumn = firstFrame * COLUMNS_PER_FRAME + COLUMNS_PER_FRAME / 2 - REACH;
    int count = (frames - 1) * COLUMNS_PER_FRAME + 2 * REACH + 1;
    double[] voice = new double[count];
    long first = Math.max(0, firstColumn);
    long end = Math.min(firstColumn + count, LogMel.columns(track.samples()));
    if (first < end) {
      double[][] power = spectrum.power(track, first, (int) (end - first));
      for (int column = 0; column < power.length; column++) {
        double sum = 0;
        for (int bin = LOWEST_HERTZ / PowerSpectrum.BIN_HERTZ + 1;
            bin <= HIGHEST_HERTZ / PowerSpectrum.BIN_HERTZ;
            bin++) {
          sum += power[column][bin];
        }
        voice[(int) (first - firstColumn) + column] = sum;
      }
    }
    return voice;
  }
}
