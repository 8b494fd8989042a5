package io.latentsync.job.cli.progress;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Some work at a moment.
 *
 * @param unit such as {@code frames}
 * @param done finished amount, 0 to size
 * @param size total amount, 0 or more
 * @param seconds since its begin
 * @param note of the work, empty if there is none
 */
record WorkState(String name, String unit, long done, long size, double seconds, String note) {
  private static final int PERCENT = 100;
  private static final int MINUTE = 60;

  /** A rate over a shorter time says little. */
  private static final double SHORTEST = 1;

  /** Percent of the work, rounded down: 100 only if all is done, and something was to do. */
  long percent() {
    return size == 0 ? 0 : PERCENT * done / size;
  }

  boolean isFinished() {
    return done == size;
  }

  /** The mean speed, in units a second; empty if nothing is known of it yet. */
  OptionalDouble perSecond() {
    return done > 0 && seconds >= SHORTEST
        ? OptionalDouble.of(done / seconds)
        : OptionalDouble.empty();
  }

  /** Seconds until all is done, at the mean speed; empty if that is not known. */
  OptionalDouble secondsLeft() {
    OptionalDouble speed = perSecond();
    return speed.isPresent() && !isFinished()
        ? OptionalDouble.of((size - done) / speed.getAsDouble())
        : OptionalDouble.empty();
  }

  /** Time, speed, time left and note, each if it is known, such as {@code in 0:13, 4.50 …}. */
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

  /** A time as people read it: 0:07, 12:30, 2:05:00. */
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    long minutes = whole / MINUTE;
    return minutes < MINUTE
        ? "%d:%02d".formatted(minutes, whole % MINUTE)
        : "%d:%02d:%02d".formatted(minutes / MINUTE, minutes % MINUTE, whole % MINUTE);
  }
}
