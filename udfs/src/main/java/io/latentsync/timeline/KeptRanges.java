package io.latentsync.timeline;

import io.latentsync.text.Printable;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ranges of the dubbed video that keep the source's lips. The new lips fade out before a range and
 * fade in after it, over {@link #FADE} frames, so that the mouth does not jump.
 *
 * @param ranges sorted by time; they may overlap
 */
public record KeptRanges(List<Range> ranges) implements Serializable {
  /** No ranges. */
  public static final KeptRanges NONE = new KeptRanges(List.of());

  /** Frames of a fade, on each side of a range. */
  public static final int FADE = 4;

  private static final String TIME = "(?:(?:(\\d{1,3}):)?(\\d{1,3}):)?(\\d{1,6}(?:\\.\\d{1,6})?)";
  private static final Pattern MOMENT = Pattern.compile(TIME);
  private static final Pattern RANGE = Pattern.compile(TIME + "-(?:" + TIME + ")?");

  /**
   * A range.
   *
   * @param from in seconds
   * @param to in seconds; infinite for the end of the video
   */
  public record Range(double from, double to) implements Serializable {
    private String text() {
      return Double.isInfinite(to) ? from + "-" : from + "-" + to;
    }
  }

  /** Sorts the ranges. */
  public KeptRanges {
    ranges =
        ranges.stream()
            .sorted(Comparator.comparingDouble(Range::from).thenComparingDouble(Range::to))
            .toList();
  }

  /**
   * Reads ranges such as {@code 12-20,61.5-64} or {@code 1:01:30.5-}. Times are seconds, mm:ss or
   * hh:mm:ss with decimals; a range without an end lasts to the end of the video.
   *
   * @param text empty for no ranges
   * @throws IllegalArgumentException if the text is invalid; the message continues the name of the
   *     option
   */
  public static KeptRanges parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = RANGE.matcher(part.strip());
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "has %s, but must have ranges in seconds or hh:mm:ss, such as 12-20,61.5-64 or 1:30-"
                .formatted(Printable.value(part.strip())));
      }
      double from = seconds(matcher, 1);
      double to = matcher.group(6) == null ? Double.POSITIVE_INFINITY : seconds(matcher, 4);
      if (to <= from) {
        throw new IllegalArgumentException(
            "has %s, but a range must end after it begins"
                .formatted(Printable.value(part.strip())));
      }
      ranges.add(new Range(from, to));
    }
    return new KeptRanges(ranges);
  }

  /**
   * Reads a time in seconds, mm:ss or hh:mm:ss with decimals.
   *
   * @return in seconds; empty if the text is something else
   */
  public static OptionalDouble seconds(String text) {
    Matcher matcher = MOMENT.matcher(text.strip());
    return matcher.matches() ? OptionalDouble.of(seconds(matcher, 1)) : OptionalDouble.empty();
  }

  /**
   * Keeps everything outside some ranges.
   *
   * @param dubbed the ranges with new lips; they may overlap
   */
  public static KeptRanges outside(List<Range> dubbed) {
    List<Range> outside = new ArrayList<>();
    double end = 0;
    for (Range range : new KeptRanges(dubbed).ranges()) {
      if (range.from() > end) {
        outside.add(new Range(end, range.from()));
      }
      end = Math.max(end, range.to());
    }
    if (!Double.isInfinite(end)) {
      outside.add(new Range(end, Double.POSITIVE_INFINITY));
    }
    return new KeptRanges(outside);
  }

  /** These ranges and others. */
  public KeptRanges plus(KeptRanges others) {
    return new KeptRanges(Stream.concat(ranges.stream(), others.ranges.stream()).toList());
  }

  private static double seconds(Matcher matcher, int group) {
    return 3600 * whole(matcher.group(group))
        + 60 * whole(matcher.group(group + 1))
        + Double.parseDouble(matcher.group(group + 2));
  }

  private static double whole(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /**
   * The blend weight of the new lips in a frame: 0 in a range, 1 outside of all ranges and fades,
   * and equal steps in between over the frames of a fade. A frame is in a range if its start time
   * is.
   */
  public float share(int frame, FrameRate rate) {
    int nearest = FADE + 1;
    for (Range range : ranges) {
      // The first frame of the range and the first one after it.
      double first = Math.ceil(frames(range.from(), rate));
      double end = Math.ceil(frames(range.to(), rate));
      if (first < end) {
        double distance = frame < first ? first - frame : Math.max(0, frame - end + 1);
        nearest = (int) Math.min(nearest, distance);
      }
    }
    return (float) nearest / (FADE + 1);
  }

  private static double frames(double seconds, FrameRate rate) {
    // Without rounding, 0.12 s at 25 fps would be slightly more than 3 frames.
    double frames = seconds * rate.perSecond();
    return Math.abs(frames - Math.rint(frames)) < 1e-6 ? Math.rint(frames) : frames;
  }

  /** The ranges in seconds, as {@link #parse} reads them. */
  @Override
  public String toString() {
    return ranges.stream().map(Range::text).collect(Collectors.joining(","));
  }
}
