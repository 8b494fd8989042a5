package io.latentsync.job.manifest;

import java.io.IOException;
import java.util.Map;

/** Receives the rows of a file. */
@FunctionalInterface
interface RowConsumer {
  /**
   * Receives a row.
   *
   * @param row its number, from 1
   * @param cells values by field name, without null values
   */
  void accept(int row, Map<String, String> cells) throws IOException;
}
