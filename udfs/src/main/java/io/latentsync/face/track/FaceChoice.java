package io.latentsync.face.track;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The choice of the person to dub.
 *
 * @param rule rule of the choice
 * @param index for {@link Rule#INDEX} the person's number in {@link People}, from 0; else 0
 */
public record FaceChoice(Rule rule, int index) implements Serializable {
  /** The person with the largest face at the beginning. */
  public static final FaceChoice LARGEST = new FaceChoice(Rule.LARGEST, 0);

  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");

  /** A rule that selects a person. */
  public enum Rule {
    /** The leftmost in the picture at the beginning. */
    LEFT,
    /** The rightmost in the picture at the beginning. */
    RIGHT,
    /** The largest face at the beginning. */
    LARGEST,
    /** The person with a given number. */
    INDEX
  }

  /** Parses a choice: left, right, largest or a number from 0 to 9999. */
  public static Optional<FaceChoice> of(String word) {
    return switch (word) {
      case "left" -> Optional.of(new FaceChoice(Rule.LEFT, 0));
      case "right" -> Optional.of(new FaceChoice(Rule.RIGHT, 0));
      case "largest" -> Optional.of(LARGEST);
      default ->
          NUMBER.matcher(word).matches()
              ? Optional.of(new FaceChoice(Rule.INDEX, Integer.parseInt(word)))
              : Optional.empty();
    };
  }

  /** The text on the command line. */
  @Override
  public String toString() {
    return rule == Rule.INDEX ? String.valueOf(index) : rule.name().toLowerCase(Locale.ROOT);
  }
}
