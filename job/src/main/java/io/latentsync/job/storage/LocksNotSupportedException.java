package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A local file system has no locks, as some network file systems. */
public final class LocksNotSupportedException extends FileSystemException {
  private static final long serialVersionUID = 1;

  LocksNotSupportedException(Path folder, IOException cause) {
    super(folder.toString(), null, "its file system does not lock files: " + cause.getMessage());
    initCause(cause);
  }
}
