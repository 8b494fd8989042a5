package io.latentsync.job.failure;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** An input or option of the user cannot be used; the message names it and the valid values. */
public final class InvalidInputException extends IOException {
  private static final long serialVersionUID = 1L;

  private InvalidInputException(List<String> lines, Throwable cause) {
    super(lines.stream().map(Printable::line).collect(Collectors.joining("\n")), cause);
  }

  /** An error in one line; line breaks in quoted values are replaced. */
  public InvalidInputException(String message) {
    this(List.of(message), null);
  }

  /** Several errors, one line for each. */
  public static InvalidInputException ofLines(List<String> lines) {
    return new InvalidInputException(lines, null);
  }

  /** Several errors with their cause. */
  public static InvalidInputException ofLines(List<String> lines, Throwable cause) {
    return new InvalidInputException(lines, cause);
  }

  /**
   * A video without a face in its frames.
   *
   * @param video the name that the user gave
   */
  public static InvalidInputException noFace(Object video, int frames) {
    return new InvalidInputException(
        "%s: no face was found in any of its %d frames; a talking head must be in sight"
            .formatted(video, frames));
  }

  /** An error with its cause. */
  public InvalidInputException(String message, Throwable cause) {
    this(List.of(message), cause);
  }
}
