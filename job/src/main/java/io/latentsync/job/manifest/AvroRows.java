package io.latentsync.job.manifest;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.latentsync.text.Printable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateCompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateParameters;
import org.apache.commons.compress.compressors.snappy.SnappyCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * Reads the rows of an Avro file of flat records. Avro's own reader allocates the declared sizes
 * before it notices that the file is shorter; this reader limits them.
 */
final class AvroRows {
  private static final byte[] MAGIC = {'O', 'b', 'j', 1};
  private static final int SYNC_BYTES = 16;
  private static final int MOST_HEADER_BYTES = 1 << 20;
  private static final int XZ_MEMORY_KIB = 64 << 10;

  private final BinaryDecoder file;
  private final Consumer<List<String>> fields;
  private final RowConsumer rows;
  private int row;

  /**
   * A reader of one file.
   *
   * @param bytes contents of the file
   * @param fields receives the names of the fields, before the rows
   * @param rows receives the rows
   */
  AvroRows(byte[] bytes, Consumer<List<String>> fields, RowConsumer rows) {
    this.file = DecoderFactory.get().binaryDecoder(bytes, null);
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
    if (!Arrays.equals(bytes(file, MAGIC.length), MAGIC)) {
      throw new IOException("its first bytes are not those of an Avro file");
    }
    Map<String, byte[]> header = header();
    Schema schema = schema(header.getOrDefault("avro.schema", new byte[0]));
    fields.accept(schema.getFields().stream().map(Schema.Field::name).toList());
    String codec = text(header.getOrDefault("avro.codec", text("null")));
    byte[] sync = bytes(file, SYNC_BYTES);
    while (!file.isEnd()) {
      long count = file.readLong();
      if (count < 0 || count > ManifestLimits.MOST_ROWS - row) {
        throw new IOException(
            "it has more than %d rows; split it into several manifests"
                .formatted(ManifestLimits.MOST_ROWS));
      }
      byte[] block = expanded(bytes(file, length(file, ManifestLimits.MOST_BYTES)), codec);
      BinaryDecoder values = DecoderFactory.get().binaryDecoder(block, null);
      for (long i = 0; i < count; i++) {
        row++;
        rows.accept(row, cells(schema, values));
      }
      if (!Arrays.equals(bytes(file, SYNC_BYTES), sync)) {
        throw new IOException("a block of it does not end with the sync marker");
      }
    }
  }

  private Map<String, byte[]> header() throws IOException {
    Map<String, byte[]> header = new HashMap<>();
    for (long count = file.readLong(); count != 0; count = file.readLong()) {
      if (count < 0) {
        file.readLong(); // The size of the entries in bytes, for readers that skip them.
      }
      for (long i = Math.abs(count); i != 0; i--) {
        String key = text(bytes(file, length(file, MOST_HEADER_BYTES)));
        header.put(key, bytes(file, length(file, MOST_HEADER_BYTES)));
      }
    }
    return header;
  }

  /**
   * Parses the schema, which must be a flat record. A manifest needs no nested or recursive types,
   * and in a malicious file they could be endless.
   */
  private static Schema schema(byte[] json) throws IOException {
    String text = text(json);
    JsonMapper.builder(ManifestLimits.JSON).build().readTree(text);
    Schema schema;
    try {
      schema = new Schema.Parser().parse(text);
    } catch (RuntimeException e) {
      // Avro's message describes its code, not the file.
      throw new IOException("its schema is damaged or names a type that it does not define", e);
    }
    if (schema.getType() != Schema.Type.RECORD) {
      throw new IOException("its rows must be records");
    }
    if (schema.getFields().size() > ManifestLimits.MOST_FIELDS) {
      throw new IOException(
          "its rows have %d fields, but may have %d at most"
              .formatted(schema.getFields().size(), ManifestLimits.MOST_FIELDS));
    }
    for (Schema.Field field : schema.getFields()) {
      if (!choices(field).stream().allMatch(AvroRows::isScalar)) {
        throw new IOException(
            "%s must be a string or a number".formatted(Printable.value(field.name())));
      }
    }
    return schema;
  }

  private static List<Schema> choices(Schema.Field field) {
    return field.schema().isUnion() ? field.schema().getTypes() : List.of(field.schema());
  }

  private static boolean isScalar(Schema schema) {
    return switch (schema.getType()) {
      case STRING, INT, LONG, FLOAT, DOUBLE, NULL -> true;
      case RECORD, ENUM, ARRAY, MAP, UNION, FIXED, BYTES, BOOLEAN -> false;
    };
  }

  private static Map<String, String> cells(Schema schema, BinaryDecoder values) throws IOException {
    Map<String, String> cells = new HashMap<>();
    for (Schema.Field field : schema.getFields()) {
      List<Schema> choices = choices(field);
      int choice = field.schema().isUnion() ? values.readIndex() : 0;
      if (choice < 0 || choice >= choices.size()) {
        throw new IOException(
            "%s has a value of a type that the schema does not declare"
                .formatted(Printable.value(field.name())));
      }
      switch (choices.get(choice).getType()) {
        case STRING -> {
          // In bytes, up to four per character. ManifestRows checks the number of characters.
          int length = length(values, ManifestLimits.MOST_BLOCK_BYTES);
          cells.put(field.name(), text(bytes(values, length)));
        }
        case INT -> cells.put(field.name(), String.valueOf(values.readInt()));
        case LONG -> cells.put(field.name(), String.valueOf(values.readLong()));
        case FLOAT -> cells.put(field.name(), String.valueOf(values.readFloat()));
        case DOUBLE -> cells.put(field.name(), String.valueOf(values.readDouble()));
        default -> values.readNull();
      }
    }
    return cells;
  }

  private static int length(BinaryDecoder decoder, int most) throws IOException {
    long length = decoder.readLong();
    if (length < 0 || length > most) {
      throw new IOException(
          "a value of it has %d bytes, but must have 0 to %d".formatted(length, most));
    }
    return (int) length;
  }

  private static byte[] bytes(BinaryDecoder decoder, int length) throws IOException {
    byte[] bytes = new byte[length];
    decoder.readFixed(bytes);
    return bytes;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] expanded(byte[] block, String codec) throws IOException {
    try (InputStream in = expanding(new ByteArrayInputStream(block), codec)) {
      byte[] expanded = in.readNBytes(ManifestLimits.MOST_BLOCK_BYTES + 1);
      if (expanded.length > ManifestLimits.MOST_BLOCK_BYTES) {
        throw new IOException(
            "a block of it decompresses to more than %d bytes"
                .formatted(ManifestLimits.MOST_BLOCK_BYTES));
      }
      return expanded;
    }
  }

  private static InputStream expanding(InputStream block, String codec) throws IOException {
    return switch (codec) {
      case "null" -> block;
      case "deflate" -> {
        DeflateParameters raw = new DeflateParameters();
        raw.setWithZlibHeader(false);
        yield new DeflateCompressorInputStream(block, raw);
      }
      // The checksum after the data is not read.
      case "snappy" -> new SnappyCompressorInputStream(block);
      case "zstandard" -> new ZstdCompressorInputStream(block);
      case "bzip2" -> new BZip2CompressorInputStream(block);
      case "xz" ->
          XZCompressorInputStream.builder()
              .setInputStream(block)
              .setMemoryLimitKiB(XZ_MEMORY_KIB)
              .get();
      default ->
          throw new IOException(
              "its compression is %s, which is not supported".formatted(Printable.value(codec)));
    };
  }
}
