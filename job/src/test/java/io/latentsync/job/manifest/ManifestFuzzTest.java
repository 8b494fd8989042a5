package io.latentsync.job.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.testing.fuzz.ByteMutation;
import io.latentsync.testing.fuzz.FuzzCase;
import io.latentsync.testing.fuzz.Fuzzer;
import io.latentsync.testing.fuzz.JsonMutation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests of the four formats with random changes of bytes, values and structure. */
@Tag("fuzz")
final class ManifestFuzzTest {
  private static final Configuration HADOOP = new Configuration();
  private static final String CSV = "manifest.csv";
  private static final String AVRO = "manifest.avro";
  private static final String PARQUET = "manifest.parquet";
  private static final String SCHEMA =
      "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},"
          + "{\"name\":\"video\",\"type\":[\"null\",\"string\"]},"
          + "{\"name\":\"seed\",\"type\":[\"null\",\"long\"]},"
          + "{\"name\":\"guidance\",\"type\":\"double\"}]}";

  @TempDir Path folder;
  private JsonNode row;
  private JsonNode schema;
  private final List<byte[]> parquet = new ArrayList<>();

  @BeforeEach
  void writeValidManifests() throws IOException {
    Path input = Files.writeString(folder.resolve("talk.mp4"), "x");
    row =
        new ObjectMapper()
            .valueToTree(
                Map.of(
                    "id",
                    "talk",
                    "video",
                    input.toString(),
                    "audio",
                    input.toString(),
                    "output",
                    folder.resolve("out.mp4").toString(),
                    "seed",
                    7,
                    "steps",
                    20,
                    "guidance",
                    1.5,
                    "fps",
                    "source"));
    schema = new ObjectMapper().readTree(SCHEMA);
    Schema parsed = new Schema.Parser().parse(SCHEMA);
    for (CompressionCodecName codec :
        List.of(CompressionCodecName.UNCOMPRESSED, CompressionCodecName.GZIP)) {
      Path file = folder.resolve(codec + ".parquet");
      try (ParquetWriter<GenericRecord> writer =
          AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(file))
              .withSchema(parsed)
              .withDataModel(GenericData.get())
              .withCompressionCodec(codec)
              .withConf(HADOOP)
              .build()) {
        for (int i = 0; i < 3; i++) {
          writer.write(
              new GenericRecordBuilder(parsed)
                  .set("id", "talk" + i)
                  .set("video", i == 1 ? null : "talk.mp4")
                  .set("seed", 7L)
                  .set("guidance", 1.5)
                  .build());
        }
      }
      parquet.add(Files.readAllBytes(file));
    }
  }

  @Test
  void manifestsAreReadOrRefused() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    new Fuzzer(
            "manifests",
            work,
            error ->
                error instanceof InvalidInputException
                    ? Optional.of(error.getMessage().lines().toList())
                    : Optional.empty())
        .run(this::next, ManifestFuzzTest::read);
  }

  private static boolean read(Path file) throws IOException {
    InputCheck check = new InputCheck(HADOOP);
    Manifest.read(new Location(file.toString()), HADOOP, check, false);
    check.finish();
    return true;
  }

  private FuzzCase next(RandomGenerator random) throws IOException {
    return switch (random.nextInt(9)) {
      case 0 -> new FuzzCase("csv: cells and marks", CSV, bytes(csv(random)));
      case 1 -> new FuzzCase("csv: bytes", CSV, ByteMutation.any(random, bytes(csv(random))));
      case 2, 3 -> {
        StringBuilder lines = new StringBuilder();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          lines.append(JsonMutation.any(random, row)).append(random.nextInt(8) == 0 ? "" : "\n");
        }
        yield new FuzzCase("json lines: values", "manifest.jsonl", bytes(lines.toString()));
      }
      case 4 -> {
        String json = random.nextInt(3) == 0 ? JsonMutation.any(random, schema) : SCHEMA;
        yield new FuzzCase("avro: schema, header, block", AVRO, avro(random, json));
      }
      case 5 -> new FuzzCase("avro: schema", AVRO, avro(null, JsonMutation.any(random, schema)));
      case 6 -> new FuzzCase("avro: bytes", AVRO, ByteMutation.any(random, avro(null, SCHEMA)));
      case 7 -> {
        byte[] bytes = ByteMutation.oneOf(random, parquet).clone();
        int footer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
        int start = bytes.length - 8 - footer;
        byte[] changed =
            ByteMutation.any(random, Arrays.copyOfRange(bytes, start, bytes.length - 8));
        ByteBuffer tail = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        tail.putInt(changed.length).put(bytes, bytes.length - 4, 4);
        byte[] end = ByteMutation.replace(changed, changed.length, 0, tail.array());
        yield new FuzzCase(
            "parquet: footer", PARQUET, ByteMutation.replace(bytes, start, footer + 8, end));
      }
      default ->
          new FuzzCase(
              "parquet: bytes",
              PARQUET,
              ByteMutation.any(random, ByteMutation.oneOf(random, parquet)));
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String csv(RandomGenerator random) {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "\ufeff" : "");
    text.append(String.join(",", names)).append('\n');
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      List<String> cells = new ArrayList<>();
      for (String name : names) {
        cells.add(random.nextInt(8) == 0 ? cell(random) : row.get(name).asText());
      }
      for (int extra = random.nextInt(10) == 0 ? random.nextInt(200) : 0; extra > 0; extra--) {
        cells.add("x");
      }
      text.append(
          String.join(ByteMutation.oneOf(random, List.of(",", ",", ",", ";", "\t")), cells));
      text.append(ByteMutation.oneOf(random, List.of("\n", "\r\n", "\r", "\n\n", "")));
    }
    return text.toString();
  }

  private static String cell(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> "\"";
      case 1 -> "\"a\nb\"";
      case 2 -> "\"\"\"" + JsonMutation.text(random) + "\"";
      case 3 -> "9".repeat(random.nextInt(1, 12_000));
      case 4 -> String.valueOf(ByteMutation.extreme(random));
      default -> JsonMutation.text(random);
    };
  }

  /**
   * An Avro file of one block.
   *
   * @param random changes the names, the number of rows, the block; null if nothing is changed
   */
  private static byte[] avro(RandomGenerator random, String schema) throws IOException {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(rows, null);
    for (int i = 0; i < 3; i++) {
      encoder.writeString("talk" + i);
      encoder.writeIndex(1);
      encoder.writeString("talk.mp4");
      encoder.writeIndex(0);
      encoder.writeDouble(1.5);
    }
    encoder.flush();
    byte[] block = rows.toByteArray();
    boolean some = random != null;
    if (some && random.nextBoolean()) {
      block = ByteMutation.any(random, block);
    }
    String codec = "null";
    if (some && random.nextInt(3) == 0) {
      codec =
          ByteMutation.oneOf(
              random, List.of("deflate", "snappy", "bzip2", "xz", "zstandard", "lz4\n", ""));
    }
    if (codec.equals("deflate")) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (DeflaterOutputStream out = new DeflaterOutputStream(packed, new Deflater(9, true))) {
        out.write(block);
      }
      block = packed.toByteArray();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
    byte[] sync = new byte[16];
    out.writeFixed(new byte[] {'O', 'b', 'j', 1});
    out.writeMapStart();
    out.setItemCount(some && random.nextInt(6) == 0 ? ByteMutation.extreme(random) : 2);
    out.writeString("avro.schema");
    out.writeBytes(bytes(schema));
    out.writeString("avro.codec");
    out.writeBytes(bytes(codec));
    out.writeMapEnd();
    out.writeFixed(sync);
    out.writeLong(some && random.nextInt(4) == 0 ? ByteMutation.extreme(random) : 3);
    if (some && random.nextInt(4) == 0) {
      out.writeLong(ByteMutation.extreme(random));
      out.writeFixed(block);
    } else {
      out.writeBytes(block);
    }
    out.writeFixed(sync);
    out.flush();
    return bytes.toByteArray();
  }
}
