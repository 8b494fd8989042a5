package io.latentsync.text;

import java.util.stream.IntStream;

/**
 * Makes untrusted text, such as paths, identifiers and tags, safe for terminals, logs and reports.
 * There a line break can forge a line, an escape sequence controls the terminal, and a character
 * for the writing direction changes the order of others.
 */
public final class Printable {
  /** Maximum length of one quoted value, in characters. */
  public static final int LONGEST_VALUE = 200;

  private Printable() {}

  /** A value as quoted in a message: shortened in the middle if it is long, see {@link #line}. */
  public static String value(Object value) {
    String text = String.valueOf(value);
    if (text.length() > LONGEST_VALUE) {
      int half = (LONGEST_VALUE - 1) / 2;
      // Not between the two halves of a character.
      int head = Character.isHighSurrogate(text.charAt(half - 1)) ? half - 1 : half;
      int tail = text.length() - half;
      tail += Character.isLowSurrogate(text.charAt(tail)) ? 1 : 0;
      text = text.substring(0, head) + "…" + text.substring(tail);
    }
    return line(text);
  }

  /** A text as one line: invisible characters are written as numbers, such as \\u001b. */
  public static String line(String text) {
    if (text.codePoints().noneMatch(Printable::isHidden)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (isHidden(point)) {
                shown.append(escape(point));
              } else {
                shown.appendCodePoint(point);
              }
            });
    return shown.toString();
  }

  /** Whether a character is invisible and only affects others. */
  public static boolean isHidden(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  /** A character as Java and JSON write it in ASCII, such as \\u202e. */
  public static String escape(int codePoint) {
    StringBuilder escaped = new StringBuilder();
    IntStream units = Character.toString(codePoint).chars();
    units.forEach(unit -> escaped.append("\\u%04x".formatted(unit)));
    return escaped.toString();
  }
}
