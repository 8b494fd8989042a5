package io.latentsync.job.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small manifests that could exhaust memory or time, or forge lines of the output. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HostileManifestTest {
  private static final Schema ID =
      SchemaBuilder.record("r").fields().requiredString("id").endRecord();

  @TempDir Path folder;
  private final Configuration configuration = new Configuration();
  private final InputCheck check = new InputCheck(configuration);

  private List<ManifestEntry> read(Path manifest) throws IOException {
    return Manifest.read(new Location(manifest.toString()), configuration, check, false);
  }

  private List<String> problems(Path manifest) throws IOException {
    assertThat(read(manifest)).isEmpty();
    try {
      check.finish();
      return List.of();
    } catch (InvalidInputException e) {
      return e.getMessage().lines().toList();
    }
  }

  private void assertRefused(Path manifest, String reason) {
    assertThatThrownBy(() -> read(manifest))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("--manifest %s%s", manifest, reason);
  }

  /** The contents of a file, written by hand. */
  private interface Content {
    void write(BinaryEncoder out) throws IOException;
  }

  private static byte[] encode(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    content.write(encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  /** An Avro file of one block, whose declared sizes can be wrong. */
  private Path avro(String schema, String codec, long rows, byte[] block) throws IOException {
    byte[] sync = new byte[16];
    byte[] file =
        encode(
            out -> {
              out.writeFixed(new byte[] {'O', 'b', 'j', 1});
              out.writeMapStart();
              out.setItemCount(2);
              out.startItem();
              out.writeString("avro.schema");
              out.writeBytes(schema.getBytes(StandardCharsets.UTF_8));
              out.startItem();
              out.writeString("avro.codec");
              out.writeBytes(codec.getBytes(StandardCharsets.UTF_8));
              out.writeMapEnd();
              out.writeFixed(sync);
              out.writeLong(rows);
              out.writeBytes(block);
              out.writeFixed(sync);
            });
    return Files.write(folder.resolve("batch.avro"), file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "deflate", "snappy", "zstandard", "bzip2", "xz"})
  void everyCompressionOfAvroIsRead(String codec) throws IOException {
    Path file = folder.resolve("batch.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(ID))) {
      writer.setCodec(CodecFactory.fromString(codec)).create(ID, file.toFile());
      for (int i = 0; i < 1000; i++) {
        writer.append(new GenericRecordBuilder(ID).set("id", "ä" + "a".repeat(i)).build());
        if (i == 500) {
          writer.sync();
        }
      }
    }
    StringBuilder ids = new StringBuilder();
    AvroRows rows =
        new AvroRows(
            Files.readAllBytes(file),
            names -> ids.append(names),
            (row, cells) -> ids.append(row).append(cells));
    rows.read();
    assertThat(rows.row()).isEqualTo(1000);
    assertThat(ids.toString())
        .startsWith("[id]1{id=ä}2{id=äa}")
        .endsWith("1000{id=ä%s}".formatted("a".repeat(999)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"deflate", "zstandard", "bzip2", "xz"})
  void blocksThatDecompressBeyondTheLimitAreRefused(String codec) throws IOException {
    Path file = folder.resolve("batch.avro");
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(ID))) {
      writer.setCodec(CodecFactory.fromString(codec)).create(ID, file.toFile());
      writer.append(new GenericRecordBuilder(ID).set("id", "a".repeat(50_000_000)).build());
    }
    assertThat(Files.size(file)).isLessThan(100_000);
    assertRefused(
        file,
        ": is not a readable Avro file: a block of it decompresses to more than 16777216 bytes");
  }

  @Test
  void anImpossibleNumberOfRowsIsRefusedBeforeTheRowsAreRead() throws IOException {
    assertRefused(
        avro("{\"type\":\"record\",\"name\":\"r\",\"fields\":[]}", "null", 1L << 40, new byte[0]),
        ": is not a readable Avro file: it has more than 100000 rows; split it into several"
            + " manifests");
  }

  @Test
  void aTextThatIsLongerThanItsBlockIsRefusedWithItsRow() throws IOException {
    byte[] block =
        encode(
            out -> {
              out.writeString("a");
              out.writeLong(Integer.MAX_VALUE - 8);
            });
    assertRefused(
        avro(ID.toString(), "null", 2, block),
        " row 2: is not a readable Avro file: a value of it has 2147483639 bytes, but must have 0 to"
            + " 16777216");
  }

  @Test
  void aValueOfAnUndeclaredTypeIsRefusedWithItsRow() throws IOException {
    byte[] block =
        encode(
            out -> {
              out.writeIndex(0);
              out.writeString("a");
              out.writeIndex(7);
            });
    assertRefused(
        avro(
            SchemaBuilder.record("r").fields().nullableString("id", "").endRecord().toString(),
            "null",
            2,
            block),
        " row 2: is not a readable Avro file: id has a value of a type that the schema does not declare");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"array\",\"items\":\"null\"}",
        "{\"type\":\"map\",\"values\":\"string\"}",
        "{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"a\"]}",
        "{\"type\":\"fixed\",\"name\":\"f\",\"size\":1000}",
        "[\"null\",\"r\"]",
        "\"bytes\"",
        "\"boolean\""
      })
  void valuesOtherThanStringsAndNumbersAreRefusedWithTheirFields(String type) throws IOException {
    assertRefused(
        avro(
            "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":%s}]}"
                .formatted(type),
            "null",
            1,
            new byte[100_000]),
        ": is not a readable Avro file: id must be a string or a number");
  }

  @Test
  void schemasThatAreNotRecordsOrTooDeepAreRefused() throws IOException {
    assertRefused(
        avro("\"string\"", "null", 1, new byte[2]),
        ": is not a readable Avro file: its rows must be records");
    String array = "{\"type\":\"array\",\"items\":";
    Path deep = avro(array.repeat(900) + "\"int\"" + "}".repeat(900), "null", 1, new byte[2]);
    assertThatThrownBy(() -> read(deep))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(
            "--manifest %s: is not a readable Avro file: Document nesting depth (21)"
                .formatted(deep));
    Path none = avro("no schema", "null", 1, new byte[2]);
    assertThatThrownBy(() -> read(none))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("--manifest %s: is not a readable Avro file: ".formatted(none));
    assertRefused(
        avro(
            "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":\"other\"}]}",
            "null",
            1,
            new byte[2]),
        ": is not a readable Avro file: its schema is damaged or names a type that it does not"
            + " define");
    assertRefused(
        avro(ID.toString(), "lz\u001b4", 1, new byte[2]),
        ": is not a readable Avro file: its compression is lz\\u001b4, which is not supported");
  }

  /** A file with any wrong byte is either read or refused with its name. */
  @ParameterizedTest
  @ValueSource(strings = {"avro", "parquet", "csv", "jsonl"})
  void aDamagedManifestIsReadOrRefused(String ending) throws IOException {
    Schema schema =
        SchemaBuilder.record("r").fields().requiredString("id").optionalLong("seed").endRecord();
    GenericRecord record =
        new GenericRecordBuilder(schema).set("id", "talk").set("seed", 7L).build();
    Path file = folder.resolve("batch." + ending);
    switch (ending) {
      case "avro" -> {
        try (DataFileWriter<GenericRecord> writer =
            new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
          writer.setCodec(CodecFactory.deflateCodec(1)).create(schema, file.toFile());
          writer.append(record);
          writer.append(record);
        }
      }
      case "parquet" -> {
        try (ParquetWriter<GenericRecord> writer = parquet(file, schema)) {
          writer.write(record);
          writer.write(record);
        }
      }
      case "csv" -> Files.writeString(file, "id,seed\ntalk,7\n\"ta\"\"lk\",7\n");
      default -> Files.writeString(file, "{\"id\": \"talk\", \"seed\": 7}\n{\"id\": \"a\"}\n");
    }
    byte[] whole = Files.readAllBytes(file);
    int step = Math.max(1, whole.length / 50);
    for (int at = 0; at < whole.length; at += step) {
      for (int value : new int[] {0, 0x7f, 0x80, 0xff, whole[at] ^ 1}) {
        byte[] damaged = whole.clone();
        damaged[at] = (byte) value;
        readOrRefuse(Files.write(file, damaged));
      }
      readOrRefuse(Files.write(file, Arrays.copyOf(whole, at)));
    }
  }

  private void readOrRefuse(Path file) throws IOException {
    try {
      assertThat(read(file)).isEmpty();
    } catch (InvalidInputException e) {
      assertThat(e.getMessage())
          .startsWith("--manifest " + file)
          .doesNotContain("Exception", "internal error")
          .hasLineCount(1);
    }
  }

  private static ParquetWriter<GenericRecord> parquet(Path file, Schema schema) throws IOException {
    return AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(file))
        .withSchema(schema)
        .withDataModel(GenericData.get())
        .withCompressionCodec(CompressionCodecName.GZIP)
        .withDictionaryEncoding(false)
        .withPageSize(200 << 20)
        .withConf(new Configuration())
        .build();
  }

  @Test
  void parquetWithTooManyRowsIsRefused() throws IOException {
    Path file = folder.resolve("batch.parquet");
    GenericRecord record = new GenericRecordBuilder(ID).set("id", "a").build();
    try (ParquetWriter<GenericRecord> writer = parquet(file, ID)) {
      for (int i = 0; i < 100_001; i++) {
        writer.write(record);
      }
    }
    assertThat(Files.size(file)).isLessThan(10_000);
    assertRefused(
        file, ": has 100001 rows, but may have 100000 at most; split it into several manifests");
  }

  @Test
  void aParquetPageThatDecompressesBeyondTheLimitIsRefused() throws IOException {
    Path file = folder.resolve("batch.parquet");
    try (ParquetWriter<GenericRecord> writer = parquet(file, ID)) {
      writer.write(new GenericRecordBuilder(ID).set("id", "a".repeat(20_000_000)).build());
    }
    assertThat(Files.size(file)).isLessThan(100_000);
    assertRefused(
        file,
        ": is not a readable Parquet file: a page of it has 20000004 bytes, but must have 0 to"
            + " 16777216");
  }

  /** Parquet's own messages name its classes and objects. */
  @Test
  void aDamagedParquetFooterIsRefusedWithoutJavasTypes() throws IOException {
    Path file = folder.resolve("batch.parquet");
    try (ParquetWriter<GenericRecord> writer = parquet(file, ID)) {
      writer.write(new GenericRecordBuilder(ID).set("id", "a").build());
    }
    byte[] bytes = Files.readAllBytes(file);
    int footer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
    bytes[bytes.length - 8 - footer] = (byte) 0xff;
    Files.write(file, bytes);
    assertRefused(
        file,
        ": is not a readable Parquet file: its end or its footer is damaged or of an"
            + " unsupported kind");
  }

  @Test
  void nestedParquetIsRefusedWithItsField() throws IOException {
    Path file = folder.resolve("batch.parquet");
    Schema schema =
        SchemaBuilder.record("r")
            .fields()
            .name("tags")
            .type()
            .array()
            .items()
            .stringType()
            .noDefault()
            .endRecord();
    try (ParquetWriter<GenericRecord> writer = parquet(file, schema)) {
      writer.write(new GenericRecordBuilder(schema).set("tags", List.of("a")).build());
    }
    assertRefused(file, ": is not a readable Parquet file: tags must be a string or a number");
  }

  @Test
  void textWithTooManyBytesIsRefused() throws IOException {
    Path file = folder.resolve("batch.csv");
    try (var channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      channel.position(ManifestLimits.MOST_BYTES).write(ByteBuffer.allocate(1));
    }
    assertRefused(
        file,
        ": has 33554433 bytes, but may have 33554432 at most; split it into several manifests");
  }

  @Test
  void textWithTooManyRowsIsRefused() throws IOException {
    assertRefused(
        Files.writeString(folder.resolve("batch.csv"), "id\n" + "a\n".repeat(100_001)),
        ": has 100001 rows, but may have 100000 at most; split it into several manifests");
  }

  @Test
  void aTooLongCellAndATooWideRowAreRefusedWithTheirPlaces() throws IOException {
    StringBuilder wide = new StringBuilder();
    for (int i = 0; i < 101; i++) {
      wide.append(i == 0 ? "" : ",").append("\"f").append(i).append("\":1");
    }
    assertThat(
            problems(
                Files.writeString(
                    folder.resolve("batch.jsonl"),
                    "{\"id\": \"%s\"}\n{%s}\n{\"%s\": 1}\n{\"id\":%s1%s}\n{\"seed\": %s}\n"
                        .formatted(
                            "a".repeat(10_001),
                            wide,
                            "b".repeat(20_000),
                            "[".repeat(30),
                            "]".repeat(30),
                            "1".repeat(2000)))))
        .containsExactly(
            "batch.jsonl line 1: id has 10001 characters, but may have 10000 at most",
            "batch.jsonl line 2: has 101 fields, but may have 100 at most",
            "batch.jsonl line 3: %s…%s has 20000 characters, but may have 10000 at most"
                .formatted("b".repeat(99), "b".repeat(99)),
            "batch.jsonl line 4: is nested deeper than 20 levels, or has a name or number that is"
                + " too long",
            "batch.jsonl line 5: is nested deeper than 20 levels, or has a name or number that is"
                + " too long");
  }

  @Test
  void lineBreaksAndEscapeSequencesInValuesAreEscaped() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("batch.jsonl"),
            """
            {"id": "a\\nb: done before: /x\\n3 of 3 done", "seed": "\\u001b[31m7", "\\u202efield": 1}
            {"id": "a\\nb: done before: /x\\n3 of 3 done", "seed": 1, "video": "\\u001b]0;t\\u0007.mp4"}
            """);
    String missing = ": %s is missing";
    String place = "batch.jsonl line ";
    assertThat(problems(file))
        .containsExactly(
            place
                + "1: unknown field \\u202efield; the fields are id, video, audio, output, seed, steps, guidance, fps, sync_mode, keep, silence, label, speakers, ranges, sound",
            place + "1" + missing.formatted("video"),
            place + "1" + missing.formatted("audio"),
            place + "1" + missing.formatted("output"),
            place + "1: seed is \\u001b[31m7, but must be a number",
            place
                + "2: id a\\u000ab: done before: /x\\u000a3 of 3 done is also the id of batch.jsonl line 1",
            place + "2: video %s/\\u001b]0;t\\u0007.mp4: no such file".formatted(folder),
            place + "2" + missing.formatted("audio"),
            place + "2" + missing.formatted("output"));
  }

  @Test
  void problemsBeyondTheLimitAreCounted() throws IOException {
    List<String> problems =
        problems(
            Files.writeString(folder.resolve("batch.csv"), "id,seed\n" + "a,x\n".repeat(2000)));
    assertThat(problems).hasSize(1001).last().isEqualTo("and 8999 more problems");
  }

  @Test
  void aFolderWithAPipeIsRefusedWithThePipesName() throws Exception {
    Path batch = Files.createDirectory(folder.resolve("batch"));
    Path pipe = batch.resolve("part-1.csv");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Files.createSymbolicLink(batch.resolve("part-2.csv"), Path.of("/dev/zero"));
    assertThat(problems(batch))
        .containsExactly(
            "--manifest %s: is a device, pipe or socket, but must be a file".formatted(pipe),
            "--manifest %s: is a device, pipe or socket, but must be a file"
                .formatted(batch.resolve("part-2.csv")));
  }
}
