package io.latentsync.job;

import java.io.IOException;

/** What the user gave cannot be used; the message names it and says what would be right. */
public final class InvalidInputException extends IOException {
  private static final long serialVersionUID = 1L;

  InvalidInputException(String message) {
    super(message);
  }

  InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
