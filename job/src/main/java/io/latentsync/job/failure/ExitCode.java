package io.latentsync.job.failure;

/** How a command ends, and what a failure counts as. */
public enum ExitCode {
  /** Everything is done. */
  DONE(0),
  /** Something failed that the user's files and options have no part in. */
  FAILED(1),
  /** A file or an option that the user gave cannot be used. */
  INVALID_INPUT(2),
  /** Some requests of a manifest failed, the others are done. */
  SOME_FAILED(3),
  /** The user interrupted the run (SIGINT, Ctrl-C): 128 + 2. */
  INTERRUPTED(130),
  /** SIGTERM ended the run: 128 + 15. */
  TERMINATED(143);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The number that the process ends with. */
  public int code() {
    return code;
  }
}
