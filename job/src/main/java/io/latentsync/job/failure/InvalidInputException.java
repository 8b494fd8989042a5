package io.latentsync.job.failure;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** What the user gave cannot be used; the message names it and says what would be right. */
public final class InvalidInputException extends IOException {
  private static final long serialVersionUID = 1L;

  private InvalidInputException(List<String> lines, Throwable cause) {
    super(lines.stream().map(Printable::line).collect(Collectors.joining("\n")), cause);
  }

  /** Says it in one line, whatever line breaks there are in the values that it quotes. */
  public InvalidInputException(String message) {
    this(List.of(message), null);
  }

  /** Says it in a line for each thing that is wrong. */
  public static InvalidInputException ofLines(List<String> lines) {
    return new InvalidInputException(lines, null);
  }

  /** The same, with what showed it. */
  public static InvalidInputException ofLines(List<String> lines, Throwable cause) {
    return new InvalidInputException(lines, cause);
  }

  /**
   * A video in whose first frames no face was found.
   *
   * @param video what the user named it by
   */
  public static InvalidInputException noFace(Object video, int frames) {
    return new InvalidInputException(
        "%s: no face was found in any of its %d frames; a talking head must be in sight"
            .formatted(video, frames));
  }

  /** The same, with what showed it. */
  public InvalidInputException(String message, Throwable cause) {
    this(List.of(message), cause);
  }
}
