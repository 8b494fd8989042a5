package io.latentsync.job.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.OutputSound;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ManifestTest {
  private static final Schema SCHEMA =
      SchemaBuilder.record("Request")
          .fields()
          .requiredString("id")
          .optionalString("video")
          .requiredString("audio")
          .requiredString("output")
          .optionalLong("seed")
          .optionalInt("steps")
          .optionalDouble("guidance")
          .optionalString("fps")
          .optionalString("sync_mode")
          .optionalString("keep")
          .endRecord();

  @TempDir Path folder;
  private final Configuration configuration = new Configuration();
  private final InputCheck check = new InputCheck(configuration);

  @BeforeEach
  void inputs() throws IOException {
    Files.createDirectory(folder.resolve("in"));
    Files.writeString(folder.resolve("in").resolve("täl king.mp4"), "a video");
    Files.writeString(folder.resolve("in").resolve("de.wav"), "a speech");
    Files.writeString(folder.resolve("in").resolve("fr.wav"), "a speech");
    Files.writeString(folder.resolve("in").resolve("fr.mp4"), "a video that has a speech");
  }

  private List<ManifestEntry> read(Path manifest) throws IOException {
    return Manifest.read(new Location(manifest.toString()), configuration, check, false);
  }

  /** The lines of the error message. */
  private List<String> problems() {
    try {
      check.finish();
      return List.of();
    } catch (InvalidInputException e) {
      return e.getMessage().lines().toList();
    }
  }

  private Location at(String path) {
    return new Location(folder.resolve(path).toString());
  }

  private List<GenericRecord> records() {
    return List.of(
        new GenericRecordBuilder(SCHEMA)
            .set("id", "de")
            .set("video", "in/täl king.mp4")
            .set("audio", "in/de.wav")
            .set("output", "out/de.mp4")
            .set("seed", 7L)
            .set("steps", 12)
            .set("guidance", 1.5)
            .set("fps", "source")
            .set("sync_mode", "cut_off")
            .set("keep", "1.5-3")
            .build(),
        new GenericRecordBuilder(SCHEMA)
            .set("id", "2")
            .set("video", folder.resolve("in/täl king.mp4").toString())
            .set("audio", "./in/../in/fr.wav")
            .set("output", "out/fr.mp4")
            .build());
  }

  private Path write(String ending, List<GenericRecord> records) throws IOException {
    return write(ending, SCHEMA, records);
  }

  private Path write(String ending, Schema schema, List<GenericRecord> records) throws IOException {
    Path file = folder.resolve("batch" + ending);
    switch (ending) {
      case ".avro" -> {
        try (DataFileWriter<GenericRecord> writer =
            new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
          writer.create(schema, file.toFile());
          for (GenericRecord record : records) {
            writer.append(record);
          }
        }
      }
      case ".parquet" -> {
        try (ParquetWriter<GenericRecord> writer =
            AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(file))
                .withSchema(schema)
                .withDataModel(GenericData.get())
                .build()) {
          for (GenericRecord record : records) {
            writer.write(record);
          }
        }
      }
      case ".csv" -> {
        StringBuilder text =
            new StringBuilder("id,video,audio,output,seed,steps,guidance,fps,sync_mode,keep\r\n");
        for (GenericRecord record : records) {
          for (Schema.Field field : SCHEMA.getFields()) {
            Object value = record.get(field.pos());
            text.append(field.pos() == 0 ? "" : ",")
                .append(value == null ? "" : "\"" + value + "\"");
          }
          text.append("\r\n");
        }
        Files.writeString(file, text);
      }
      default ->
          Files.writeString(
              file, String.join("\n", records.stream().map(String::valueOf).toList()));
    }
    return file;
  }

  /** The place of a request in messages. */
  private static String place(String ending, int row) {
    return switch (ending) {
      case ".avro", ".parquet" -> "batch%s row %d".formatted(ending, row);
      case ".csv" -> "batch.csv line %d".formatted(row + 1);
      default -> "batch%s line %d".formatted(ending, row);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {".jsonl", ".ndjson", ".json", ".csv", ".avro", ".parquet"})
  void requestsAreTheSameInAnyFormat(String ending) throws IOException {
    assertThat(read(write(ending, records())))
        .containsExactly(
            new ManifestEntry(
                place(ending, 1),
                "de",
                at("in/täl king.mp4"),
                at("in/de.wav"),
                at("out/de.mp4"),
                OptionalInt.of(7),
                OptionalInt.of(12),
                OptionalDouble.of(1.5),
                Optional.of(FrameRatePolicy.SOURCE),
                Optional.of(LengthPolicy.CUT_OFF),
                Optional.of(KeptRanges.parse("1.5-3")),
                Optional.empty(),
                Optional.empty(),
                Edit.NONE),
            new ManifestEntry(
                place(ending, 2),
                "2",
                at("in/täl king.mp4"),
                at("in/fr.wav"),
                at("out/fr.mp4"),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Edit.NONE));
    assertThat(problems()).isEmpty();
  }

  @Test
  void allProblemsAreReportedTogetherWithTheirLines() throws IOException {
    Path manifest =
        Files.writeString(
            folder.resolve("batch.jsonl"),
            """
            {"id": "a", "video": "in/täl king.mp4", "audio": "in/de.wav", "output": "out/a.mp4"}
            {"id": "b", "video": "in/gone.mp4", "audio": "in/de.wav", "output": "out/b.mp4", "sede": 1}

            {"id": "a", "video": "in/täl king.mp4", "audio": "in", "output": "out/../out/a.mp4"}
            {"id": "c", "video": "in/täl king.mp4", "audio": "in/de.wav"
            ["d"]
            {"id": "e", "video": ["in/täl king.mp4"], "audio": "in/de.wav", "output": "out/e.mp4"}
            {"video": "in/täl king.mp4", "audio": "in/de.wav", "output": "in/de.wav", "seed": 0.5,
            {"seed": -2, "steps": 1000, "guidance": "much", "output": null, "id": " ", "audio": 7}
            {"id": "g", "video": "in/täl king.mp4", "audio": "nowhere://x/y", "output": "in/fr.mp4"}
            {"id": "h", "video": "in/täl king.mp4", "audio": "in/fr.mp4", "output": "out/h.mp4", "steps": 2.5}
            {"id": "i", "video": "in/täl king.mp4", "audio": "in/fr.wav", "output": "out/i.mp4", "fps": 30}
            {"id": "j", "video": "in/täl king.mp4", "audio": "in/fr.wav", "output": "out/j.mp4", "fps": 25.0}
            """);
    List<ManifestEntry> entries = read(manifest);
    assertThat(problems())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 2: unknown field sede; did you mean seed?"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "batch.jsonl line 2: video %s: no such file".formatted(at("in/gone.mp4"))),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 4: id a is also the id of batch.jsonl line 1"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "batch.jsonl line 4: audio %s: is a folder, but must be a file"
                            .formatted(at("in"))),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "batch.jsonl line 4: output %s: is also batch.jsonl line 1: output; they must be different files"
                            .formatted(at("out/a.mp4"))),
            line -> assertThat(line).startsWith("batch.jsonl line 5: "),
            line -> assertThat(line).startsWith("batch.jsonl line 6: must be a JSON object"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 7: video must be a string or a number"),
            line -> assertThat(line).startsWith("batch.jsonl line 8: "),
            line -> assertThat(line).isEqualTo("batch.jsonl line 9: id is missing"),
            line -> assertThat(line).isEqualTo("batch.jsonl line 9: video is missing"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 9: audio %s: no such file".formatted(at("7"))),
            line -> assertThat(line).isEqualTo("batch.jsonl line 9: output is missing"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 9: seed is -2, but must be from -1 to 2147483647"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 9: steps is 1000, but must be from 2 to 999"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 9: guidance is much, but must be a number"),
            line ->
                assertThat(line)
                    .startsWith("batch.jsonl line 10: audio nowhere://x/y: cannot be read: ")
                    .contains("nowhere"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 11: steps is 2.5, but must be a whole number"),
            line ->
                assertThat(line)
                    .isEqualTo("batch.jsonl line 12: fps is 30, but must be 25 or source"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "batch.jsonl line 10: output %s: is also batch.jsonl line 11: audio; the output must be a different file"
                            .formatted(at("in/fr.mp4"))));
    assertThat(entries)
        .extracting(ManifestEntry::id)
        .containsExactly("a", "b", "a", "g", "h", "i", "j");
  }

  @Test
  void csvLinesAreNumberedAsInAnEditor() throws IOException {
    Path manifest =
        Files.writeString(
            folder.resolve("batch.csv"),
            """
            \ufeffid, video, audio, output, colour
            "a
            1", in/täl king.mp4, in/de.wav, out/a.mp4,

            b, in/gone.mp4, in/de.wav, out/b.mp4
            c, in/täl king.mp4, in/de.wav, out/c.mp4, red
            d, in/täl king.mp4, in/de.wav, out/d.mp4, , 1
            """);
    assertThat(read(manifest)).extracting(ManifestEntry::id).containsExactly("a\n1", "b", "c");
    assertThat(problems())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "batch.csv line 1: unknown column colour; the columns are id, video, audio,"
                            + " output, seed, steps, guidance, fps, sync_mode, keep, silence, label, speakers, ranges, sound"),
            line -> assertThat(line).startsWith("batch.csv line 5: video").endsWith("no such file"),
            line -> assertThat(line).startsWith("batch.csv line 7: has 6 cells"));
  }

  @ParameterizedTest
  @ValueSource(strings = {".avro", ".parquet"})
  void rowsOfBinaryManifestsAreCounted(String ending) throws IOException {
    GenericRecord wrong = GenericData.get().deepCopy(SCHEMA, records().get(1));
    wrong.put("video", null);
    wrong.put("output", "out/third.mp4");
    read(write(ending, List.of(records().get(0), records().get(1), wrong)));
    assertThat(problems())
        .containsExactly(
            "batch%s row 3: id 2 is also the id of batch%s row 2".formatted(ending, ending),
            "batch%s row 3: video is missing".formatted(ending));
  }

  @Test
  void aFolderOfFilesAsSparkWritesThemIsOneManifest() throws IOException {
    Path written = Files.createDirectory(folder.resolve("requests"));
    Files.writeString(written.resolve("_SUCCESS"), "");
    Files.writeString(written.resolve(".part-2.parquet.crc"), "");
    Files.move(write(".parquet", records().subList(1, 2)), written.resolve("part-1.parquet"));
    Files.move(write(".parquet", records().subList(0, 1)), written.resolve("part-0.parquet"));
    assertThat(read(written)).extracting(ManifestEntry::id).containsExactly("de", "2");
    assertThat(problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {".avro", ".parquet", ".txt"})
  void aFileThatIsNotAManifestIsRefusedWithItsName(String ending) throws IOException {
    Path text = Files.writeString(folder.resolve("batch" + ending), "This is no manifest.\n");
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("--manifest", text.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {".csv", ".jsonl"})
  void textThatIsNotUtf8IsRefusedWithItsLine(String ending) throws IOException {
    Path latin = folder.resolve("batch" + ending);
    Files.writeString(
        latin,
        "id,video,audio,output\r\nMüller,v.mp4,a.wav,o.mp4\r\n",
        StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> read(latin))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--manifest %s line 2: is not text in UTF-8; save the file in that encoding"
                .formatted(latin));
  }

  @Test
  void aCutOffCharacterIsRefused() throws IOException {
    Path cut = folder.resolve("batch.csv");
    Files.write(cut, new byte[] {'i', 'd', '\n', (byte) 0xc3});
    assertThatThrownBy(() -> read(cut)).hasMessageContaining("line 2: is not text in UTF-8");
  }

  @Test
  void aMissingManifestIsNamed() {
    Path none = folder.resolve("none.csv");
    assertThatThrownBy(() -> read(none))
        .hasMessage("--manifest %s: no such file or folder".formatted(none));
  }

  @Test
  void anOutputThatIsTheManifestIsRefused() throws IOException {
    Path manifest =
        Files.writeString(
            folder.resolve("batch.csv"),
            "id,video,audio,output\na,in/täl king.mp4,in/de.wav,other name.mp4\n");
    Files.createLink(folder.resolve("other name.mp4"), manifest);
    read(manifest);
    assertThat(problems())
        .containsExactly(
            "batch.csv line 2: output %s: is also --manifest; the output must be a different file"
                .formatted(at("other name.mp4")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fpss", "fp", "FPS", "FPSS"})
  void anUnknownColumnIsNamedOnceWithTheNearestKnownOne(String name) throws IOException {
    read(
        Files.writeString(
            folder.resolve("batch.csv"),
            """
            id,video,audio,output,%s
            a,in/täl king.mp4,in/de.wav,out/a.mp4,
            b,in/täl king.mp4,in/de.wav,out/b.mp4,source
            """
                .formatted(name)));
    assertThat(problems())
        .containsExactly("batch.csv line 1: unknown column %s; did you mean fps?".formatted(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {".avro", ".parquet"})
  void anUnknownFieldOfABinaryManifestIsNamedEvenIfItIsEmpty(String ending) throws IOException {
    Schema schema =
        SchemaBuilder.record("Request")
            .fields()
            .requiredString("id")
            .requiredString("video")
            .requiredString("audio")
            .requiredString("output")
            .optionalString("guidence")
            .endRecord();
    GenericRecord row =
        new GenericRecordBuilder(schema)
            .set("id", "de")
            .set("video", "in/täl king.mp4")
            .set("audio", "in/de.wav")
            .set("output", "out/de.mp4")
            .build();
    read(write(ending, schema, List.of(row)));
    assertThat(problems())
        .containsExactly(
            "batch%s: unknown field guidence; did you mean guidance?".formatted(ending));
  }

  @Test
  void eachBrokenJsonLineIsReportedOnce() throws IOException {
    assertThat(
            read(
                Files.writeString(
                    folder.resolve("batch.jsonl"),
                    """
                    {"id": "a", video: "in/de.mp4"}
                    {"id": "b", "video": "in/de.mp4"
                    {"id": "c", "id": "d"}
                    not JSON
                    """)))
        .isEmpty();
    assertThat(problems())
        .containsExactly(
            "batch.jsonl line 1: is not JSON at column 13",
            "batch.jsonl line 2: is not JSON: the line ends before its object does",
            "batch.jsonl line 3: names a field twice at column 17",
            "batch.jsonl line 4: is not JSON at column 1");
  }

  @Test
  void aManifestWithoutRequestsIsRefused() throws IOException {
    assertThat(read(Files.writeString(folder.resolve("batch.csv"), "id,video\n"))).isEmpty();
    assertThat(problems())
        .containsExactly("--manifest %s: has no requests".formatted(at("batch.csv")));
  }

  @Test
  void speakersAreAListOfJsonLinesAndATextOfCsv() throws IOException {
    Files.writeString(folder.resolve("in/anna.wav"), "");
    Path lines =
        Files.writeString(
            folder.resolve("batch.jsonl"),
            """
            {"id": "a", "video": "in/täl king.mp4", "output": "out/a.mp4", "sound": "mix", \
            "speakers": [{"name": "anna", "face": "left", "audio": "in/anna.wav"}], \
            "ranges": [{"to": 3, "dub": "anna"}]}
            """);
    Path csv =
        Files.writeString(
            folder.resolve("batch.csv"),
            """
            id,video,output,sound,speakers,ranges
            b,in/täl king.mp4,out/b.mp4,mix,"[{""name"": ""anna"", ""face"": ""left"", \
            ""audio"": ""in/anna.wav""}]","[{""to"": 3, ""dub"": ""anna""}]"
            """);
    List<ManifestEntry> entries = read(lines);
    assertThat(problems()).isEmpty();
    Edit edit = entries.get(0).edit();
    assertThat(edit.speakers())
        .containsExactly(
            new Speaker(
                "anna",
                FaceChoice.of("left").orElseThrow(),
                at("in/anna.wav"),
                KeptRanges.parse("3-")));
    assertThat(edit.sound()).isEqualTo(OutputSound.MIX);
    assertThat(entries.get(0).audio()).isEqualTo(at("in/anna.wav"));
    assertThat(read(csv)).extracting(ManifestEntry::edit).containsExactly(edit);
  }

  @Test
  void aSpeakerThatIsWrongIsAProblemOfItsRow() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("batch.jsonl"),
            """
            {"id": "a", "video": "in/täl king.mp4", "output": "out/a.mp4", \
            "speakers": [{"name": "anna", "face": "left", "audio": "in/gone.wav"}]}
            {"id": "b", "video": "in/täl king.mp4", "output": "out/b.mp4", "audio": "in/de.wav", \
            "speakers": "anna"}
            """);
    assertThat(read(lines)).extracting(ManifestEntry::id).containsExactly("a");
    assertThat(problems())
        .containsExactly(
            "batch.jsonl line 1: audio of the speaker anna %s: no such file"
                .formatted(at("in/gone.wav")),
            "batch.jsonl line 2: speakers is no list in JSON");
  }

  /** As German and French Excel writes it, with a byte order mark. */
  @ParameterizedTest
  @CsvSource({"semicolons, ;", "tabs, '\t'"})
  void aCsvWithOtherSeparatorsIsRefusedInOneLine(String name, String separator) throws IOException {
    Path manifest = folder.resolve("batch.csv");
    Files.writeString(
        manifest,
        "\ufeffid;video;audio;output\r\n1;in/fr.mp4;in/fr.wav;out/1.mp4\r\n"
            .replace(";", separator));
    assertThatThrownBy(() -> read(manifest))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--manifest %s: its columns must be separated by commas, but are by %s",
            manifest, name);
  }
}
