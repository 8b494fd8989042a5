package io.latentsync.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.LogMel;
import java.util.Random;

/**
 * Changes the colour of a voice at random, as other throats, rooms and microphones would: gains
 * that go smoothly from band to band (Nam et al., "FilterAugment: an acoustic environmental data
 * augmentation method", 2022). The words, and so the mouths, stay.
 */
final class Timbre {
  /** Places on the scale of bands at which gains are drawn; between them they are interpolated. */
  private static final int KNOTS = 6;

  /** Standard deviation of the gains. */
  private static final double DECIBELS = 6;

  /** A spectrogram's value for 10 dB: Whisper's are log10 of the power, divided by 4. */
  private static final double TEN_DECIBELS = 0.25;

  /** Whisper's spectrograms end so far below their highest value: 80 dB. */
  private static final float DEPTH = 2;

  private Timbre() {}

  /**
   * Another voice.
   *
   * @param mel a speech's spectrogram, [1,80,c]
   * @return the same size, of the step
   */
  static NDArray change(NDManager step, Random random, NDArray mel) {
    double[] gains = new double[KNOTS];
    for (int i = 0; i < KNOTS; i++) {
      gains[i] = random.nextGaussian() * DECIBELS / 10 * TEN_DECIBELS;
    }
    float[] curve = new float[LogMel.BANDS];
    for (int band = 0; band < curve.length; band++) {
      double at = (double) band * (KNOTS - 1) / (curve.length - 1);
      int knot = Math.min((int) at, KNOTS - 2);
      curve[band] = (float) (gains[knot] + (at - knot) * (gains[knot + 1] - gains[knot]));
    }
    NDArray changed = mel.add(step.create(curve, new Shape(1, curve.length, 1)));
    return changed.maximum(changed.max().sub(DEPTH));
  }
}
