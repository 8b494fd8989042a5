package io.latentsync.face.track;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of several people is dubbed.
 *
 * @param rule how the person is found
 * @param index for {@link Rule#INDEX} the person's number in {@link People}, from 0; else 0
 */
public record FaceChoice(Rule rule, int index) implements Serializable {
  /** The person whose face is the largest at the beginning. */
  public static final FaceChoice LARGEST = new FaceChoice(Rule.LARGEST, 0);

  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");

  /** How a person is found. */
  public enum Rule {
    /** The leftmost at the beginning, as the viewer sees it. */
    LEFT,
    /** The rightmost at the beginning. */
    RIGHT,
    /** The one with the largest face at the beginning. */
    LARGEST,
    /** The one with a number. */
    INDEX
  }

  /** The choice that a word stands for: left, right, largest or a number from 0 to 9999. */
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

  /** The word that stands for this. */
  @Override
  public String toString() {
    return rule == Rule.INDEX ? String.valueOf(index) : rule.name().toLowerCase(Locale.ROOT);
  }
}
