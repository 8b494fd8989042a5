package io.latentsync.job.manifest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;

/** The limits of a manifest. Without them, a small file could decompress to any size. */
final class ManifestLimits {
  /** Requests in all files of a manifest together. */
  static final int MOST_ROWS = 100_000;

  /** Characters of all values together. */
  static final int MOST_CHARACTERS = 1 << 26;

  /** Bytes of one file, compressed if the format compresses. */
  static final int MOST_BYTES = 32 << 20;

  /** Decompressed bytes of an Avro block or a Parquet page. */
  static final int MOST_BLOCK_BYTES = 16 << 20;

  /** Fields of a row. */
  static final int MOST_FIELDS = 100;

  /** Characters of a value. */
  static final int LONGEST_CELL = 10_000;

  /** Levels of arrays and objects; a valid row has three. */
  static final int DEEPEST = 20;

  /** Factory of JSON parsers with limits of depth and length. */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();

  private ManifestLimits() {}

  static void requireBytes(Location file, long bytes) throws InvalidInputException {
    requireAtMost(file, bytes, MOST_BYTES, "bytes");
  }

  static void requireRows(Location file, long rows) throws InvalidInputException {
    requireAtMost(file, rows, MOST_ROWS, "rows");
  }

  private static void requireAtMost(Location file, long number, long most, String unit)
      throws InvalidInputException {
    if (number > most) {
      throw new InvalidInputException(
          "--manifest %s: has %d %s, but may have %d at most; split it into several manifests"
              .formatted(file, number, unit, most));
    }
  }
}
