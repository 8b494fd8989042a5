package io.latentsync.job.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
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
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;

/** Reads the rows of a manifest in any of its formats and reports the rows that cannot be read. */
final class ManifestRows {
  private static final JsonMapper JSON =
      JsonMapper.builder(ManifestLimits.JSON)
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
  private int rowCount;

  /** Whether no row was found, readable or not. */
  private boolean empty = true;

  private long characters;

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
   * @param check receives a problem for each row that cannot be read
   * @param consumer receives the other rows, in order
   * @return whether the manifest has no rows, not even rows that cannot be read
   * @throws IOException if the manifest as a whole cannot be read; the message names it
   */
  static boolean read(
      Location manifest,
      Configuration configuration,
      InputCheck check,
      Consumer<ManifestRow> consumer)
      throws IOException {
    ManifestRows rows = new ManifestRows(configuration, check, consumer);
    try {
      rows.read(manifest);
      return rows.empty;
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
        // Marker files of Spark and Hadoop.
        if (!file.getPath().getName().matches("[._].*")) {
          readFile(manifest.child(file.getPath().getName()));
        }
      }
    } else {
      readFile(manifest);
    }
  }

  private void readFile(Location file) throws IOException {
    // For example a pipe, which might never end. The check has reported it.
    if (!check.readable("--manifest", file, false)) {
      empty = false;
      return;
    }
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

  private byte[] bytes(Location file) throws IOException {
    ManifestLimits.requireBytes(file, file.status(configuration).getLen());
    try (InputStream in = file.fileSystem(configuration).open(file.hadoopPath())) {
      // Some files, such as those of /proc, are longer than their declared length.
      byte[] bytes = in.readNBytes(ManifestLimits.MOST_BYTES + 1);
      ManifestLimits.requireBytes(file, bytes.length);
      return bytes;
    }
  }

  /** Passes on a row if it is within the limits. */
  private void accept(Location file, ManifestRow row) throws InvalidInputException {
    String place = row.place();
    Map<String, String> cells = row.cells();
    empty = false;
    ManifestLimits.requireRows(file, ++rowCount);
    if (cells.size() > ManifestLimits.MOST_FIELDS) {
      check.problem(
          "%s: has %d fields, but may have %d at most"
              .formatted(place, cells.size(), ManifestLimits.MOST_FIELDS));
      return;
    }
    for (Map.Entry<String, String> cell : cells.entrySet()) {
      int length = Math.max(cell.getKey().length(), cell.getValue().length());
      characters += length;
      if (length > ManifestLimits.LONGEST_CELL) {
        check.problem(
            "%s: %s has %d characters, but may have %d at most"
                .formatted(
                    place, Printable.value(cell.getKey()), length, ManifestLimits.LONGEST_CELL));
        return;
      }
    }
    if (characters > ManifestLimits.MOST_CHARACTERS) {
      throw new InvalidInputException(
          "--manifest %s: has more than %d characters; split it into several manifests"
              .formatted(file, ManifestLimits.MOST_CHARACTERS));
    }
    rows.accept(row);
  }

  private void readJsonLines(Location file) throws IOException {
    try (LineNumberReader lines = new LineNumberReader(new StringReader(text(file)))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          readJson(file, "%s line %d".formatted(place(file), lines.getLineNumber()), line);
        }
      }
    }
  }

  /** The characters of a file, without a byte order mark. */
  private String text(Location file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(bytes(file));
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

  private static String place(Location file) {
    return Printable.value(file.fileName());
  }

  private void readJson(Location file, String place, String line) throws InvalidInputException {
    empty = false;
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (StreamConstraintsException e) {
      check.problem(
          "%s: is nested deeper than %d levels, or has a name or number that is too long"
              .formatted(place, ManifestLimits.DEEPEST));
      return;
    } catch (JsonProcessingException e) {
      check.problem(place + ": " + jsonFault(e));
      return;
    }
    if (!node.isObject()) {
      check.problem(place + ": must be a JSON object, such as {\"id\": \"talk-de\", …}");
      return;
    }
    Set<String> fields = new HashSet<>();
    Map<String, String> cells = new HashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      fields.add(field.getKey());
      if (field.getValue().isContainerNode() && ManifestFields.isList(field.getKey())) {
        cells.put(field.getKey(), field.getValue().toString());
        continue;
      }
      if (field.getValue().isContainerNode()) {
        check.problem(notScalar(place, field.getKey()));
        return;
      }
      if (!field.getValue().isNull()) {
        cells.put(field.getKey(), field.getValue().asText());
      }
    }
    accept(file, new ManifestRow(place, fields, cells));
  }

  /** The error of a line, without the parser's terms. */
  private static String jsonFault(JsonProcessingException fault) {
    if (fault.getOriginalMessage().startsWith("Duplicate field")) {
      return "names a field twice at column " + fault.getLocation().getColumnNr();
    }
    return fault instanceof JsonEOFException
        ? "is not JSON: the line ends before its object does"
        : "is not JSON at column " + fault.getLocation().getColumnNr();
  }

  private static String notScalar(String place, String field) {
    return "%s: %s must be a string or a number".formatted(place, Printable.value(field));
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
                .formatted(file, Printable.value(String.join(",", header))));
      }
      if (header.size() == 1 && header.get(0).matches(".*[;\t].*")) {
        throw new InvalidInputException(
            "--manifest %s: its columns must be separated by commas, but are by %s"
                .formatted(file, header.get(0).contains(";") ? "semicolons" : "tabs"));
      }
      ManifestFields.check(check, place(file) + " line 1", "column", header);
      while (lines.hasNextValue()) {
        String place = "%s line %d".formatted(place(file), lines.getCurrentLocation().getLineNr());
        readCsvLine(file, place, header, lines.nextValue());
      }
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          "--manifest %s: is not CSV: %s (line %d)"
              .formatted(file, e.getOriginalMessage(), e.getLocation().getLineNr()),
          e);
    }
  }

  private void readCsvLine(Location file, String place, List<String> header, String[] values)
      throws InvalidInputException {
    empty = false;
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
    accept(file, new ManifestRow(place, Set.of(), cells));
  }

  private void readAvro(Location file) throws IOException {
    AvroRows records =
        new AvroRows(
            bytes(file),
            names -> ManifestFields.check(check, place(file), "field", names),
            (row, cells) -> accept(file, row(file, row, cells)));
    try {
      records.read();
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Avro has no common exception for faulty files.
      throw unreadable(file, "Avro", records.row(), e);
    }
  }

  private static ManifestRow row(Location file, int row, Map<String, String> cells) {
    return new ManifestRow("%s row %d".formatted(place(file), row), Set.of(), cells);
  }

  private static InvalidInputException unreadable(
      Location file, String format, int row, Throwable cause) {
    return new InvalidInputException(
        "--manifest %s%s: is not a readable %s file: %s"
            .formatted(
                file, row == 0 ? "" : " row " + row, format, FailureReason.withoutFile(cause)),
        cause);
  }

  private void readParquet(Location file) throws IOException {
    ManifestLimits.requireBytes(file, file.status(configuration).getLen());
    InputFile input = HadoopInputFile.fromPath(file.hadoopPath(), configuration);
    ParquetRows records =
        new ParquetRows(
            file,
            input,
            names -> ManifestFields.check(check, place(file), "field", names),
            (row, cells) -> accept(file, row(file, row, cells)));
    try {
      records.read();
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
      // Parquet has no common exception for faulty files, and trusts the lengths inside the pages
      // of a file.
      throw unreadable(file, "Parquet", records.row(), e);
    }
  }
}
