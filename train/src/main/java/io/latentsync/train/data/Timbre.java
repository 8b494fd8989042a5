package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.LogMel;
import java.util.Random;

/**
 * Changes the colour of a voice at random: the words, and so the mouths, stay. Two changes, each of
 * which goes smoothly from band to band:
 *
 * <ul>
 *   <li>gains, as other rooms and microphones have (Nam et al., "FilterAugment: an acoustic
 *       environmental data augmentation method", 2022);
 *   <li>frequencies are stretched, as in throats of other lengths (Jaitly and Hinton, "Vocal tract
 *       length perturbation improves speech recognition", 2013), but not all alike: the resonances
 *       of two speakers differ by other factors each.
 * </ul>
 */
public final class Timbre {
  /** Places on the scale of bands at which changes are drawn; between them is interpolated. */
  private static final int KNOTS = 6;

  /** Standard deviation of the gains. */
  private static final double DECIBELS = 6;

  /** Standard deviation of the stretch, as the logarithm of a factor of frequency. */
  private static final double STRETCH = 0.1;

  /** A spectrogram's value for 10 dB: Whisper's are log10 of the power, divided by 4. */
  private static final double TEN_DECIBELS = 0.25;

  /**
   * Bands below 1 kHz, where they are equally spaced by frequency; from there on by its logarithm,
   * so many to a factor of e.
   */
  private static final double LINEAR_BANDS = 26;

  /** Whisper's spectrograms end so far below their highest value: 80 dB. */
  private static final float DEPTH = 2;

  private Timbre() {}

  /**
   * Another voice.
   *
   * @param mel a speech's spectrogram, [1,80,c]
   * @return the same size, of the step
   */
  public static NDArray change(NDManager step, Random random, NDArray mel) {
    NDArray gains =
        step.create(curve(random, DECIBELS / 10 * TEN_DECIBELS), new Shape(1, LogMel.BANDS, 1));
    NDArray changed = stretch(step, curve(random, STRETCH), mel).add(gains);
    return changed.maximum(changed.max().sub(DEPTH));
  }

  /** A value for every band, by normal numbers at the knots. */
  private static float[] curve(Random random, double deviation) {
    double[] knots = new double[KNOTS];
    for (int i = 0; i < KNOTS; i++) {
      knots[i] = random.nextGaussian() * deviation;
    }
    float[] curve = new float[LogMel.BANDS];
    for (int band = 0; band < curve.length; band++) {
      double at = (double) band * (KNOTS - 1) / (curve.length - 1);
      int knot = Math.min((int) at, KNOTS - 2);
      curve[band] = (float) (knots[knot] + (at - knot) * (knots[knot + 1] - knots[knot]));
    }
    return curve;
  }

  /**
   * Each band becomes what is at its frequency times a factor, between bands by interpolation.
   *
   * @param logFactors of every band
   */
  private static NDArray stretch(NDManager step, float[] logFactors, NDArray mel) {
    int last = LogMel.BANDS - 1;
    long[] lower = new long[LogMel.BANDS];
    float[] share = new float[LogMel.BANDS];
    for (int band = 0; band <= last; band++) {
      double moved = logFactors[band] * Math.min(band, LINEAR_BANDS);
      double from = Math.max(0, Math.min(band + moved, last));
      lower[band] = Math.min((long) from, last - 1);
      share[band] = (float) (from - lower[band]);
    }
    NDArray index = step.create(lower);
    NDArray below = mel.get(step, new NDIndex(":,{}", index));
    NDArray above = mel.get(step, new NDIndex(":,{}", index.add(1)));
    return below.add(above.sub(below).mul(step.create(share, new Shape(1, LogMel.BANDS, 1))));
  }
}
