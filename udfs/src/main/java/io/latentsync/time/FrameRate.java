package io.latentsync.time;

import com.google.common.math.IntMath;
import java.io.Serializable;
import java.util.Locale;

/**
 * Frames a second of a video, exactly: a fraction in lowest terms, such as 25/1 or 30000/1001.
 * Frame i begins at i / rate seconds.
 *
 * @param numerator frames in so many seconds as the denominator says, at least 1
 * @param denominator seconds, at least 1
 */
public record FrameRate(int numerator, int denominator) implements Serializable {
  /** The reference implementation's, which the networks are trained at. */
  public static final FrameRate REFERENCE = new FrameRate(25, 1);

  private static final int MILLISECONDS = 1000;

  /**
   * Reduces the fraction.
   *
   * @throws IllegalArgumentException if a part of it is below 1
   */
  public FrameRate {
    if (numerator < 1 || denominator < 1) {
      throw new IllegalArgumentException(
          "a frame rate of %d/%d; both must be at least 1".formatted(numerator, denominator));
    }
    int common = IntMath.gcd(numerator, denominator);
    numerator /= common;
    denominator /= common;
  }

  /** Frames a second, rounded to what a double can hold. */
  public double perSecond() {
    return (double) numerator / denominator;
  }

  /** How long so many frames last, in seconds. */
  public double seconds(long frames) {
    return (double) frames * denominator / numerator;
  }

  /** The whole frames that a stretch of time has room for. */
  public int framesIn(int milliseconds) {
    return (int) ((long) milliseconds * numerator / ((long) MILLISECONDS * denominator));
  }

  /**
   * The tick at which a frame begins, or the last one before.
   *
   * @param ticksPerSecond of something that is counted beside the frames, such as samples of sound
   */
  public long tick(long frame, int ticksPerSecond) {
    return Math.floorDiv(
        Math.multiplyExact(frame, (long) ticksPerSecond * denominator), (long) numerator);
  }

  /** The first frame that begins at a tick or after it; see {@link #tick}. */
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
