package io.latentsync.job.manifest;

import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Reads the rows of a Parquet file of flat records. Parquet's own reader allocates the declared
 * sizes, so this class checks them first.
 */
final class ParquetRows {
  private final Location name;
  private final InputFile file;
  private final Consumer<List<String>> fields;
  private final RowConsumer rows;
  private int row;

  /**
   * A reader of one file.
   *
   * @param name path of the file, for messages
   * @param fields receives the names of the fields, before the rows
   * @param rows receives the rows
   */
  ParquetRows(Location name, InputFile file, Consumer<List<String>> fields, RowConsumer rows) {
    this.name = name;
    this.file = file;
    this.fields = fields;
    this.rows = rows;
  }

  /** The number of the current row, from 1; 0 before the first. */
  int row() {
    return row;
  }

  /**
   * Reads all rows.
   *
   * @throws IOException if the file cannot be read, declares sizes beyond a manifest's limits, or
   *     contains values that are neither strings nor numbers
   */
  void read() throws IOException {
    requireBounded();
    try (ParquetReader<GenericRecord> records =
        AvroParquetReader.<GenericRecord>builder(file).withDataModel(GenericData.get()).build()) {
      row = 1;
      for (GenericRecord record = next(records); record != null; record = next(records)) {
        rows.accept(row++, cells(record));
      }
    }
  }

  private static GenericRecord next(ParquetReader<GenericRecord> records) throws IOException {
    return read("its values are", records::read);
  }

  /** Reads a part of the file with Parquet. */
  @FunctionalInterface
  private interface Part<T> {
    T read() throws IOException;
  }

  /**
   * Reads a part. Parquet has no common exception for faulty files and trusts the lengths in them.
   * Its messages describe its code, not the file.
   */
  private static <T> T read(String what, Part<T> part) throws IOException {
    try {
      return part.read();
    } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
      throw new IOException(what + " damaged or of an unsupported kind", e);
    }
  }

  private static Map<String, String> cells(GenericRecord record) throws IOException {
    Map<String, String> cells = new HashMap<>();
    for (Schema.Field field : record.getSchema().getFields()) {
      Object value = record.get(field.pos());
      if (value instanceof CharSequence || value instanceof Number) {
        cells.put(field.name(), value.toString());
      } else if (value != null) {
        throw notScalar(field.name());
      }
    }
    return cells;
  }

  private static IOException notScalar(String field) {
    return new IOException("%s must be a string or a number".formatted(Printable.value(field)));
  }

  private void requireBounded() throws IOException {
    try (ParquetFileReader reader =
        read("its end or its footer is", () -> ParquetFileReader.open(file))) {
      requireFlat(reader.getFileMetaData().getSchema());
      fields.accept(
          reader.getFileMetaData().getSchema().getFields().stream().map(Type::getName).toList());
      long rows = 0;
      for (BlockMetaData block : reader.getRowGroups()) {
        rows += block.getRowCount();
        if (block.getRowCount() < 0) {
          throw new IOException("it has a negative number of rows");
        }
        ManifestLimits.requireRows(name, rows);
      }
      try (SeekableInputStream in = file.newStream()) {
        for (BlockMetaData block : reader.getRowGroups()) {
          for (ColumnChunkMetaData column : block.getColumns()) {
            requirePages(in, column, file.getLength());
          }
        }
      }
    }
  }

  private static void requireFlat(MessageType schema) throws IOException {
    if (schema.getFieldCount() > ManifestLimits.MOST_FIELDS) {
      throw new IOException(
          "its rows have %d fields, but may have %d at most"
              .formatted(schema.getFieldCount(), ManifestLimits.MOST_FIELDS));
    }
    for (Type field : schema.getFields()) {
      if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) {
        throw notScalar(field.getName());
      }
    }
  }

  private static void requirePages(SeekableInputStream in, ColumnChunkMetaData column, long length)
      throws IOException {
    long start = column.getStartingPos();
    if (start < 0 || column.getTotalSize() < 0 || column.getTotalSize() > length - start) {
      throw new IOException("a column of it is outside the file");
    }
    in.seek(start);
    while (in.getPos() < start + column.getTotalSize()) {
      PageHeader page = read("the header of a page is", () -> Util.readPageHeader(in));
      requireBetween(page.getCompressed_page_size(), ManifestLimits.MOST_BYTES, "bytes");
      requireBetween(page.getUncompressed_page_size(), ManifestLimits.MOST_BLOCK_BYTES, "bytes");
      if (page.isSetDictionary_page_header()) {
        int values = page.getDictionary_page_header().getNum_values();
        requireBetween(values, ManifestLimits.MOST_ROWS, "values");
      }
      in.seek(in.getPos() + page.getCompressed_page_size());
    }
  }

  private static void requireBetween(int number, int most, String unit) throws IOException {
    if (number < 0 || number > most) {
      throw new IOException(
          "a page of it has %d %s, but must have 0 to %d".formatted(number, unit, most));
    }
  }
}
