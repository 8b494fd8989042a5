package io.latentsync.media.sound;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A peak limiter with look-ahead: lowers the gain of all channels around samples beyond a ceiling,
 * and leaves other samples as they are. The gain falls linearly within {@value #ATTACK} samples
 * before a peak and returns exponentially after it. No output sample is beyond the ceiling, because
 * the gain is the mean of {@value #ATTACK} values, none of which is above the one that the current
 * sample needs.
 */
final class Limiter {
  /** The largest sample, in parts of full scale: −0.1 dB. */
  static final float CEILING = 0.9886f;

  /** Look-ahead in samples: 5 ms at 48 kHz. */
  static final int ATTACK = 240;

  /** Share of the reduction that remains after a sample: a time constant of 100 ms at 48 kHz. */
  private static final double RELEASE = StrictMath.exp(-1 / (0.1 * 48_000));

  private final int channels;
  private final float[] delayed;
  private final double[] gains = new double[ATTACK];

  /** The needed gains of the look-ahead that no later one is below, with their positions. */
  private final ArrayDeque<Need> needs = new ArrayDeque<>();

  private long position;
  private double released = 1;
  private double sum = ATTACK;

  private record Need(long position, double gain) {}

  Limiter(int channels) {
    this.channels = channels;
    this.delayed = new float[ATTACK * channels];
    Arrays.fill(gains, 1);
  }

  /**
   * Limits samples in place. The output lags {@value #ATTACK} samples behind the input.
   *
   * @param samples channels interleaved
   * @param count number of samples of each channel
   */
  void apply(float[] samples, int count) {
    for (int i = 0; i < count; i++) {
      float peak = 0;
      for (int c = 0; c < channels; c++) {
        peak = Math.max(peak, Math.abs(samples[i * channels + c]));
      }
      double gain = next(peak > CEILING ? CEILING / peak : 1);
      int slot = (int) (position % ATTACK) * channels;
      for (int c = 0; c < channels; c++) {
        float input = samples[i * channels + c];
        samples[i * channels + c] = (float) (gain * delayed[slot + c]);
        delayed[slot + c] = input;
      }
      position++;
    }
  }

  /** The gain of the sample that leaves the delay. */
  private double next(double needed) {
    while (!needs.isEmpty() && needs.peekLast().gain() >= needed) {
      needs.removeLast();
    }
    needs.addLast(new Need(position, needed));
    if (needs.peekFirst().position() < position - ATTACK) {
      needs.removeFirst();
    }
    released = Math.min(needs.peekFirst().gain(), 1 - (1 - released) * RELEASE);
    int slot = (int) (position % ATTACK);
    sum += released - gains[slot];
    gains[slot] = released;
    // The sum of numbers that are added and removed drifts by rounding.
    return Math.min(1, sum / ATTACK);
  }
}
