package io.latentsync.media;

import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A media file that cannot be read or written; the message names the file and what is wrong. */
public final class MediaException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An error of a file, in one sentence. */
  public MediaException(Path file, String problem) {
    super(Printable.value(file) + ": " + Printable.line(problem));
  }
}
