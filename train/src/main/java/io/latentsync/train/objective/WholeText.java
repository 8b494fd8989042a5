package io.latentsync.train.objective;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Text files that a killed process or a full disk leaves as they were. */
public final class WholeText {
  private WholeText() {}

  /** Replaces a file. */
  public static void write(Path file, List<String> lines) throws IOException {
    Path part = file.resolveSibling("." + file.getFileName() + ".part");
    Files.write(part, lines);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
