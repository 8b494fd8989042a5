package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.LogMel;
import java.util.Random;

/**
 * Changes the timbre of a voice at random. The words, and so the mouths, stay the same. There are
 * two changes, both smooth over the mel bands:
 *
 * <ul>
 *   <li>gains, like those of other rooms and microphones (Nam et al., "FilterAugment: an acoustic
 *       environmental data augmentation method", 2022);
 *   <li>stretched frequencies, like those of vocal tracts of other lengths (Jaitly and Hinton,
 *       "Vocal tract length perturbation improves speech recognition", 2013), with a factor that
 *       varies over frequency, as each resonance of two speakers differs by another factor.
 * </ul>
 */
public final class Timbre {
  /** Number of bands at which random changes are sampled; the bands between are interpolated. */
  private static final int KNOTS = 6;

  /** Standard deviation of the gains. */
  private static final double DECIBELS = 6;

  /** Standard deviation of the stretch, as the logarithm of a factor of frequency. */
  private static final double STRETCH = 0.1;

  /** A spectrogram's value for 10 dB: Whisper's are log10 of the power, divided by 4. */
  private static final double TEN_DECIBELS = 0.25;

  /**
   * Number of bands below 1 kHz, where the mel scale is linear in frequency. Above, it is
   * logarithmic, with this number of bands for a factor of e.
   */
  private static final double LINEAR_BANDS = 26;

  /** Dynamic range of Whisper's spectrograms below their maximum: 80 dB. */
  private static final float DEPTH = 2;

  private Timbre() {}

  /**
   * Another voice.
   *
   * @param mel a speech's spectrogram, [1,80,c]
   * @return the changed spectrogram, [1,80,c], owned by the step
   */
  public static NDArray change(NDManager step, Random random, NDArray mel) {
    NDArray gains =
        step.create(curve(random, DECIBELS / 10 * TEN_DECIBELS), new Shape(1, LogMel.BANDS, 1));
    NDArray changed = stretch(step, curve(random, STRETCH), mel).add(gains);
    return changed.maximum(changed.max().sub(DEPTH));
  }

  /** A value for each band, interpolated from normal random numbers at the knots. */
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
   * Moves each band to its frequency times a factor, with linear interpolation between bands.
   *
   * @param logFactors natural logarithm of each band's factor
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
