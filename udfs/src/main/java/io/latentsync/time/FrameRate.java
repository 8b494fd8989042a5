package io.latentsync.time;

import com.google.common.math.IntMath;
import java.io.Serializable;
import java.util.Locale;

/**
 * The exact frame rate of a video in frames per second, as a fraction in lowest terms, such as 25/1
 * or 30000/1001. Frame i begins at i / rate seconds.
 *
 * @param numerator numerator of the fraction, at least 1
 * @param denominator denominator of the fraction, at least 1
 */
public record FrameRate(int numerator, int denominator) implements Serializable {
  /** The rate of the reference implementation, which the networks are trained at. */
  public static final FrameRate REFERENCE = new FrameRate(25, 1);

  private static final int MILLISECONDS = 1000;

  /**
   * Reduces the fraction.
   *
   * @throws IllegalArgumentException if numerator or denominator is below 1
   */
  public FrameRate {
    if (numerator < 1 || denominator < 1) {
      throw new IllegalArgumentException(
          "a frame rate of %d/%d; both numbers must be at least 1"
              .formatted(numerator, denominator));
    }
    int common = IntMath.gcd(numerator, denominator);
    numerator /= common;
    denominator /= common;
  }

  /** Frames per second, rounded to a double. */
  public double perSecond() {
    return (double) numerator / denominator;
  }

  /** The duration of a number of frames in seconds. */
  public double seconds(long frames) {
    return (double) frames * denominator / numerator;
  }

  /** The number of whole frames in a duration. */
  public int framesIn(int milliseconds) {
    return (int) ((long) milliseconds * numerator / ((long) MILLISECONDS * denominator));
  }

  /**
   * The tick at which a frame begins, rounded down.
   *
   * @param ticksPerSecond rate of the ticks in Hz, such as a sample rate
   */
  public long tick(long frame, int ticksPerSecond) {
    return Math.floorDiv(
        Math.multiplyExact(frame, (long) ticksPerSecond * denominator), (long) numerator);
  }

  /** The first frame that begins at or after a tick; see {@link #tick}. */
  public long frameFrom(long tick, int ticksPerSecond) {
    return -Math.floorDiv(
        Math.multiplyExact(-tick, (long) numerator), (long) ticksPerSecond * denominator);
  }

  /** Such as {@code 25} or {@code 29.97}. */
  @Override
  public String toString() {
    return denominator == 1
        ? String.valueOf(numerator)
        : String.format(Locale.ROOT, "%.2f", perSecond());
  }
}
