package io.latentsync.testing.fuzz;

/** The outcome of a {@link FuzzCase}. */
public enum FuzzOutcome {
  /** Refused in one line that names the file. */
  CLEAR_ERROR("clear error"),
  /** Read. */
  ACCEPTED("accepted"),
  /** Refused in a message that is empty, has a Java type, several lines or no name of the file. */
  UNCLEAR("unclear"),
  /** An exception of an undocumented type. */
  UNEXPECTED("unexpected exception"),
  /** Not finished within {@link io.latentsync.testing.Hostile#SECONDS}. */
  HANG("hang"),
  /** More than {@link io.latentsync.testing.Hostile#BYTES} were allocated. */
  OUT_OF_MEMORY("out of memory"),
  /** The process ended. */
  CRASH("crash");

  private final String text;

  FuzzOutcome(String text) {
    this.text = text;
  }

  /** Whether the outcome is acceptable. */
  public boolean good() {
    return this == CLEAR_ERROR || this == ACCEPTED;
  }

  @Override
  public String toString() {
    return text;
  }
}
