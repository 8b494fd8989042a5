package io.latentsync.face.track;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The choice of the person to dub in each shot.
 *
 * @param rule rule of the choice
 * @param index for {@link Rule#INDEX} the person's number in {@link People}, from 0; else 0
 * @param x for {@link Rule#POINT} the column in the source's pictures, in pixels; else 0
 * @param y for {@link Rule#POINT} the row in the source's pictures, in pixels; else 0
 * @param seconds for {@link Rule#POINT} the time in the source video; else 0
 */
public record FaceChoice(Rule rule, int index, int x, int y, double seconds)
    implements Serializable {
  /** The person with the largest face at the beginning of a shot. */
  public static final FaceChoice LARGEST = new FaceChoice(Rule.LARGEST);

  /** The valid choices, for messages. */
  public static final String VALUES =
      "largest, left, right, a number from 0 to 9999, or a point of the face and its time in"
          + " seconds, such as 640,360@2.5";

  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");
  private static final Pattern POINT =
      Pattern.compile("(\\d{1,5}),(\\d{1,5})@(\\d{1,6}(?:\\.\\d{1,6})?)");

  private FaceChoice(Rule rule) {
    this(rule, 0, 0, 0, 0);
  }

  /** A rule that selects a person. */
  public enum Rule {
    /** The leftmost in the picture at the beginning of the shot. */
    LEFT,
    /** The rightmost in the picture at the beginning of the shot. */
    RIGHT,
    /** The largest face at the beginning of the shot. */
    LARGEST,
    /** The person with a given number in the shot. */
    INDEX,
    /**
     * The person whose face is at a point at a time, and who is at the same place in other shots.
     */
    POINT
  }

  /** Parses a choice, see {@link #VALUES}. */
  public static Optional<FaceChoice> of(String word) {
    return switch (word) {
      case "left" -> Optional.of(new FaceChoice(Rule.LEFT));
      case "right" -> Optional.of(new FaceChoice(Rule.RIGHT));
      case "largest" -> Optional.of(LARGEST);
      default ->
          NUMBER.matcher(word).matches()
              ? Optional.of(new FaceChoice(Rule.INDEX, Integer.parseInt(word), 0, 0, 0))
              : point(word);
    };
  }

  private static Optional<FaceChoice> point(String word) {
    Matcher matcher = POINT.matcher(word);
    return matcher.matches()
        ? Optional.of(
            new FaceChoice(
                Rule.POINT,
                0,
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Double.parseDouble(matcher.group(3))))
        : Optional.empty();
  }

  /** The text on the command line. */
  @Override
  public String toString() {
    return switch (rule) {
      case INDEX -> String.valueOf(index);
      case POINT -> x + "," + y + "@" + seconds;
      case LARGEST, LEFT, RIGHT -> rule.name().toLowerCase(Locale.ROOT);
    };
  }
}
