package io.latentsync.train;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.media.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The files of a model and of its training, which a stage reads and replaces. */
final class OutputFiles {
  private OutputFiles() {}

  /**
   * Passes if the folder contains only files and folders or does not exist. A pipe would block
   * reading and writing.
   *
   * @throws InvalidInputException naming an entry of another kind
   * @throws IOException if a folder cannot be read
   */
  static void requireRegular(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      Optional<Path> special =
          all.filter(file -> Files.exists(file) && !Files.isDirectory(file))
              .filter(file -> !Files.isRegularFile(file))
              .findFirst();
      if (special.isPresent()) {
        throw new InvalidInputException(
            "--out %s: %s".formatted(special.get(), RegularFile.IS_SPECIAL));
      }
    }
  }
}
