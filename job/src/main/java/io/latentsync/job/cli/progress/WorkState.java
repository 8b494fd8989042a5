package io.latentsync.job.cli.progress;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The state of some work at one time.
 *
 * @param unit unit of the work, such as {@code frames}
 * @param done finished amount, 0 to size
 * @param size total amount, 0 or more
 * @param seconds seconds since the start
 * @param note note of the work; empty if there is none
 */
record WorkState(String name, String unit, long done, long size, double seconds, String note) {
  private static final int PERCENT = 100;
  private static final int MINUTE = 60;

  /** Minimum time in seconds for a useful speed. */
  private static final double SHORTEST = 1;

  /** The finished share in percent, rounded down; 0 if the size is 0. */
  long percent() {
    return size == 0 ? 0 : PERCENT * done / size;
  }

  boolean isFinished() {
    return done == size;
  }

  /** The mean speed in units per second; empty if not known yet. */
  OptionalDouble perSecond() {
    return done > 0 && seconds >= SHORTEST
        ? OptionalDouble.of(done / seconds)
        : OptionalDouble.empty();
  }

  /** The remaining seconds at the mean speed; empty if not known. */
  OptionalDouble secondsLeft() {
    OptionalDouble speed = perSecond();
    return speed.isPresent() && !isFinished()
        ? OptionalDouble.of((size - done) / speed.getAsDouble())
        : OptionalDouble.empty();
  }

  /** Time, speed, remaining time and note, each if known, such as {@code in 0:13, 4.50 …}. */
  String pace() {
    StringBuilder text = new StringBuilder("in ").append(clock(seconds));
    perSecond()
        .ifPresent(
            speed ->
                text.append(
                    String.format(
                        Locale.ROOT, speed < 10 ? ", %.2f %s/s" : ", %.1f %s/s", speed, unit)));
    secondsLeft().ifPresent(left -> text.append(", ").append(clock(left)).append(" left"));
    return text.append(note.isEmpty() ? "" : ", " + note).toString();
  }

  /** A time as text: 0:07, 12:30, 2:05:00. */
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    long minutes = whole / MINUTE;
    return minutes < MINUTE
        ? "%d:%02d".formatted(minutes, whole % MINUTE)
        : "%d:%02d:%02d".formatted(minutes / MINUTE, minutes % MINUTE, whole % MINUTE);
  }
}
