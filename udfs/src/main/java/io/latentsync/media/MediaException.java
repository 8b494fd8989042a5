package io.latentsync.media;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A media file that cannot be read or written; the message names the file and what is wrong. */
public final class MediaException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean ofMachine;

  /** An error of a file, in one sentence. */
  public MediaException(Path file, String problem) {
    this(file, problem, false);
  }

  /**
   * An error, in one sentence.
   *
   * @param ofMachine whether the machine is the cause, not the file; see {@link #isOfMachine}
   */
  MediaException(Path file, String problem, boolean ofMachine) {
    super(Printable.value(file) + ": " + Printable.line(problem));
    this.ofMachine = ofMachine;
  }

  /** Whether the same file may work on another machine: a disk is full or fails. */
  public boolean isOfMachine() {
    return ofMachine;
  }
}
