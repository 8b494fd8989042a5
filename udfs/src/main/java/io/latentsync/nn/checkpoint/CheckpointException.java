package io.latentsync.nn.checkpoint;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint file that cannot be used; the message names the file and the error. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Maximum length of a problem in characters; a longer one is shortened in the middle, which
   * quotes the file.
   */
  private static final int LONGEST = 1000;

  /** An error of a file. */
  public CheckpointException(Path file, String problem) {
    super(file + ": " + printable(problem));
  }

  /** An error of a file, with its cause. */
  public CheckpointException(Path file, String problem, Throwable cause) {
    super(file + ": " + printable(problem), cause);
  }

  /** Errors quote names from untrusted files; the message remains one line of limited length. */
  private static String printable(String problem) {
    int half = LONGEST / 2;
    return Printable.line(
        problem.length() <= LONGEST
            ? problem
            : problem.substring(0, half) + "…" + problem.substring(problem.length() - half));
  }
}
