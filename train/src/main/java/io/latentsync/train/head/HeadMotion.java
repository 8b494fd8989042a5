package io.latentsync.train.head;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The small, smooth motion and the blinks of a person who talks to a camera. A pose is a function
 * of seed and time.
 */
public final class HeadMotion {
  private static final double BLINK_SECONDS = 0.24;
  private static final double LONGEST_CLIP_SECONDS = 120;

  private final Wave x;
  private final Wave y;
  private final Wave roll;
  private final Wave scale;
  private final Wave yaw;
  private final List<Double> blinks = new ArrayList<>();

  /** The motion of a seed. */
  public HeadMotion(long seed) {
    Random random = Seeds.random(seed, "motion");
    x = new Wave(random, 7);
    y = new Wave(random, 4);
    roll = new Wave(random, Math.toRadians(2.5));
    scale = new Wave(random, 0.025);
    yaw = new Wave(random, 0.8);
    for (double t = 0.6 + random.nextDouble(); t < LONGEST_CLIP_SECONDS; ) {
      blinks.add(t);
      t += 1.6 + 2.8 * random.nextDouble();
    }
  }

  /** The pose at a time in seconds, at least 0. */
  public HeadPose at(double seconds) {
    double blink = 0;
    for (double start : blinks) {
      double t = (seconds - start) / BLINK_SECONDS;
      if (t > 0 && t < 1) {
        blink = Math.sin(Math.PI * t);
      }
    }
    return new HeadPose(
        (float) x.at(seconds),
        (float) y.at(seconds),
        (float) roll.at(seconds),
        (float) (1 + scale.at(seconds)),
        (float) yaw.at(seconds),
        (float) blink);
  }

  /** A sum of slow sines that stays within its amplitude. */
  private static final class Wave {
    private static final double[] HERTZ = {0.13, 0.31, 0.57};
    private static final double[] SHARES = {0.55, 0.3, 0.15};

    private final double amplitude;
    private final double[] rates = new double[HERTZ.length];
    private final double[] phases = new double[HERTZ.length];

    Wave(Random random, double amplitude) {
      this.amplitude = amplitude * (0.5 + 0.5 * random.nextDouble());
      for (int i = 0; i < HERTZ.length; i++) {
        rates[i] = 2 * Math.PI * HERTZ[i] * (0.8 + 0.4 * random.nextDouble());
        phases[i] = 2 * Math.PI * random.nextDouble();
      }
    }

    double at(double seconds) {
      double sum = 0;
      for (int i = 0; i < HERTZ.length; i++) {
        sum += SHARES[i] * Math.sin(rates[i] * seconds + phases[i]);
      }
      return amplitude * sum;
    }
  }
}
