package io.latentsync.notebook;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The result of running a cell.
 *
 * @param printed text on standard output
 * @param value value of the last expression, if there is one
 * @param error error that stopped it; empty if it finished
 */
record CellResult(String printed, Optional<Object> value, Optional<Failure> error) {

  /**
   * The result with the paths in the printed text relative to a folder, so that a stored notebook
   * does not show where it ran.
   */
  CellResult relativeTo(Path folder) {
    String prefix = folder.toAbsolutePath() + File.separator;
    return new CellResult(printed.replace(prefix, ""), value, error);
  }

  /**
   * An error of a cell.
   *
   * @param name class of the exception, or "does not compile"
   * @param message message of the error
   * @param trace stack trace, innermost first
   */
  record Failure(String name, String message, List<String> trace) {}
}
