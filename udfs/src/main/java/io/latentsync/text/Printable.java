package io.latentsync.text;

import java.util.stream.IntStream;

/**
 * Text that others chose, such as paths, identifiers and tags, for terminals, logs and reports. In
 * such places a line break forges a line, an escape sequence is a command to the terminal, and a
 * mark of the writing direction shows characters in another order.
 */
public final class Printable {
  /** Longest quotation of one value, in characters. */
  public static final int LONGEST_VALUE = 200;

  private Printable() {}

  /** A value as a message quotes it: without its middle if it is long, see {@link #line}. */
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

  /** A text as one line: what is not visible by itself is written as its number, \\u001b. */
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

  /** Whether a character is seen only by what it does to others. */
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
