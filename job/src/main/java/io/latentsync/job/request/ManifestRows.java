package io.latentsync.job.request;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import java.io.CharArrayReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.LineNumberReader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * Reads the rows of a manifest in any of its formats; reports all that is wrong with their form.
 */
final class ManifestRows {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final CsvMapper CSV =
      CsvMapper.builder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.TRIM_SPACES)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build();

  private final Configuration configuration;
  private final InputCheck check;
  private final Consumer<ManifestRow> rows;

  private ManifestRows(Configuration configuration, InputCheck check, Consumer<ManifestRow> rows) {
    this.configuration = configuration;
    this.check = check;
    this.rows = rows;
  }

  /**
   * Reads a manifest.
   *
   * @param manifest a file, or a folder of files as Spark writes it, which are read in the order of
   *     their names
   * @param check receives rows that cannot be read, which are left out
   * @param consumer gets the others, in order
   * @throws IOException if the manifest as a whole cannot be read; the message names it
   */
  static void read(
      Location manifest,
      Configuration configuration,
      InputCheck check,
      Consumer<ManifestRow> consumer)
      throws IOException {
    ManifestRows rows = new ManifestRows(configuration, check, consumer);
    try {
      rows.read(manifest);
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new InvalidInputException(
          "--manifest %s: cannot be read: %s".formatted(manifest, FailureReason.withoutFile(e)), e);
    }
  }

  private void read(Location manifest) throws IOException {
    if (!manifest.exists(configuration)) {
      throw new InvalidInputException("--manifest %s: no such file or folder".formatted(manifest));
    }
    if (manifest.status(configuration).isDirectory()) {
      FileStatus[] files = manifest.fileSystem(configuration).listStatus(manifest.hadoopPath());
      Arrays.sort(files);
      for (FileStatus file : files) {
        // Spark's and Hadoop's own marks.
        if (!file.getPath().getName().matches("[._].*")) {
          readFile(manifest.child(file.getPath().getName()));
        }
      }
    } else {
      readFile(manifest);
    }
  }

  private void readFile(Location file) throws IOException {
    check.readable("--manifest", file, false);
    String name = file.fileName();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    switch (ending) {
      case "jsonl", "ndjson", "json" -> readJsonLines(file);
      case "csv" -> readCsv(file);
      case "avro" -> readAvro(file);
      case "parquet" -> readParquet(file);
      default ->
          throw new InvalidInputException(
              "--manifest %s: must end in .jsonl, .ndjson or .json (JSON lines), .csv, .avro or"
                      .formatted(file)
                  + " .parquet");
    }
  }

  private InputStream open(Location file) throws IOException {
    return file.fileSystem(configuration).open(file.hadoopPath());
  }

  private void readJsonLines(Location file) throws IOException {
    try (LineNumberReader lines = new LineNumberReader(new StringReader(text(file)))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          readJson("%s line %d".formatted(file.fileName(), lines.getLineNumber()), line);
        }
      }
    }
  }

  /** The characters of a file, without a mark of their order at the beginning. */
  private String text(Location file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(file.read(configuration));
    CharBuffer characters = CharBuffer.allocate(bytes.remaining());
    if (!StandardCharsets.UTF_8.newDecoder().decode(bytes, characters, true).isUnderflow()) {
      LineNumberReader before =
          new LineNumberReader(
              new CharArrayReader(characters.flip().array(), 0, characters.limit()));
      before.skip(characters.limit());
      throw new InvalidInputException(
          "--manifest %s line %d: is not text in UTF-8; save the file in that encoding"
              .formatted(file, before.getLineNumber() + 1));
    }
    String text = characters.flip().toString();
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  private void readJson(String place, String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      check.problem("%s: is not JSON: %s".formatted(place, e.getOriginalMessage()));
      return;
    }
    if (!node.isObject()) {
      check.problem(place + ": must be a JSON object, such as {\"id\": \"talk-de\", …}");
      return;
    }
    Map<String, String> cells = new HashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getValue().isContainerNode()) {
        check.problem(noScalar(place, field.getKey()));
        return;
      }
      if (!field.getValue().isNull()) {
        cells.put(field.getKey(), field.getValue().asText());
      }
    }
    rows.accept(new ManifestRow(place, cells));
  }

  private static String noScalar(String place, String field) {
    return "%s: %s must be a text or a number".formatted(place, field);
  }

  private void readCsv(Location file) throws IOException {
    try (MappingIterator<String[]> lines = CSV.readerFor(String[].class).readValues(text(file))) {
      if (!lines.hasNextValue()) {
        return;
      }
      List<String> header = List.of(lines.nextValue());
      if (new HashSet<>(header).size() < header.size()) {
        throw new InvalidInputException(
            "--manifest %s: the first line names a column twice: %s"
                .formatted(file, String.join(",", header)));
      }
      while (lines.hasNextValue()) {
        String place =
            "%s line %d".formatted(file.fileName(), lines.getCurrentLocation().getLineNr());
        readCsvLine(place, header, lines.nextValue());
      }
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          "--manifest %s: is not CSV: %s (line %d)"
              .formatted(file, e.getOriginalMessage(), e.getLocation().getLineNr()),
          e);
    }
  }

  private void readCsvLine(String place, List<String> header, String[] values) {
    if (values.length > header.size()) {
      check.problem(
          "%s: has %d cells, but the first line names %d columns"
              .formatted(place, values.length, header.size()));
      return;
    }
    Map<String, String> cells = new HashMap<>();
    for (int i = 0; i < values.length; i++) {
      if (!values[i].isEmpty()) {
        cells.put(header.get(i), values[i]);
      }
    }
    rows.accept(new ManifestRow(place, cells));
  }

  private void readAvro(Location file) throws IOException {
    try (InputStream in = open(file);
        DataFileStream<GenericRecord> records =
            new DataFileStream<>(in, new GenericDatumReader<>())) {
      for (int row = 1; records.hasNext(); row++) {
        readRecord("%s row %d".formatted(file.fileName(), row), records.next());
      }
    } catch (IOException | AvroRuntimeException e) {
      throw new InvalidInputException(
          "--manifest %s: is not a readable Avro file: %s"
              .formatted(file, FailureReason.withoutFile(e)),
          e);
    }
  }

  private void readParquet(Location file) throws IOException {
    try (ParquetReader<GenericRecord> records =
        AvroParquetReader.<GenericRecord>builder(
                HadoopInputFile.fromPath(file.hadoopPath(), configuration))
            .withDataModel(GenericData.get())
            .build()) {
      int row = 1;
      for (GenericRecord record = records.read(); record != null; record = records.read()) {
        readRecord("%s row %d".formatted(file.fileName(), row++), record);
      }
    } catch (IOException | RuntimeException e) {
      // Parquet has no exception of its own for a file that is none.
      throw new InvalidInputException(
          "--manifest %s: is not a readable Parquet file: %s"
              .formatted(file, FailureReason.withoutFile(e)),
          e);
    }
  }

  private void readRecord(String place, GenericRecord record) {
    Map<String, String> cells = new HashMap<>();
    for (Schema.Field field : record.getSchema().getFields()) {
      Object value = record.get(field.pos());
      if (value instanceof CharSequence || value instanceof Number) {
        cells.put(field.name(), value.toString());
      } else if (value != null) {
        check.problem(noScalar(place, field.name()));
        return;
      }
    }
    rows.accept(new ManifestRow(place, cells));
  }
}
