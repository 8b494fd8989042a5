package io.latentsync.media;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The rule that only regular files are read and written. It checks the file's attributes without
 * opening the file, because opening a named pipe would wait for its other end.
 */
public final class RegularFile {
  /** The error of a path that is neither a file nor a folder. */
  public static final String IS_SPECIAL = "is a device, pipe or socket, but must be a file";

  private RegularFile() {}

  /** Why a file cannot be read, links followed; empty if it can. */
  public static Optional<String> fault(Path file) {
    if (!Files.exists(file)) {
      return Optional.of("no such file");
    }
    if (Files.isDirectory(file)) {
      return Optional.of("is a folder, but must be a file");
    }
    if (!Files.isRegularFile(file)) {
      return Optional.of(IS_SPECIAL);
    }
    return Files.isReadable(file)
        ? Optional.empty()
        : Optional.of("cannot be read: permission denied");
  }
}
