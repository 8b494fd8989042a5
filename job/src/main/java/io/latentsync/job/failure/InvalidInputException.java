package io.latentsync.job.failure;

import java.io.IOException;

/** What the user gave cannot be used; the message names it and says what would be right. */
public final class InvalidInputException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says it in one line, or a line for each thing that is wrong. */
  public InvalidInputException(String message) {
    super(message);
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
    super(message, cause);
  }
}
