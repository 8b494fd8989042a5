package io.latentsync.notebook;

import java.util.List;
import java.util.Optional;

/**
 * What running a cell came to.
 *
 * @param printed what it wrote to standard output
 * @param value of its last expression, if it ends with one that has a value
 * @param error what stopped it; empty if it ran to its end
 */
record CellResult(String printed, Optional<Object> value, Optional<Failure> error) {

  /**
   * Why a cell stopped.
   *
   * @param name what happened: an exception's class, or that the code does not compile
   * @param message what is wrong
   * @param trace where, from the inside out
   */
  record Failure(String name, String message, List<String> trace) {}
}
