package io.latentsync.nn;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint file that cannot be used; the message names the file and what is wrong with it. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong with a file. */
  public CheckpointException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** Says what is wrong with a file, and what brought it to light. */
  public CheckpointException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
