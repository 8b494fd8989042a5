package io.latentsync.job.failure;

/** The exit codes of a command. */
public enum ExitCode {
  /** All work is done. */
  DONE(0),
  /** A failure whose cause is neither a file nor an option of the user. */
  FAILED(1),
  /** A file or an option of the user cannot be used. */
  INVALID_INPUT(2),
  /** Some requests of a manifest failed; the others are done. */
  SOME_FAILED(3),
  /** The user interrupted the run (SIGINT, Ctrl-C): 128 + 2. */
  INTERRUPTED(130),
  /** SIGTERM ended the run: 128 + 15. */
  TERMINATED(143);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The exit status of the process. */
  public int code() {
    return code;
  }
}
