package io.latentsync.nn.checkpoint;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint file that cannot be used; the message names the file and what is wrong with it. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Of a problem, in characters; what is longer loses its middle, which quotes the file. */
  private static final int LONGEST = 800;

  /** Says what is wrong with a file. */
  public CheckpointException(Path file, String problem) {
    super(file + ": " + printable(problem));
  }

  /** Says what is wrong with a file, and what brought it to light. */
  public CheckpointException(Path file, String problem, Throwable cause) {
    super(file + ": " + printable(problem), cause);
  }

  /** Problems quote names from untrusted files; the message stays one line of sensible length. */
  private static String printable(String problem) {
    int half = LONGEST / 2;
    return Printable.line(
        problem.length() <= LONGEST
            ? problem
            : problem.substring(0, half) + "…" + problem.substring(problem.length() - half));
  }
}
