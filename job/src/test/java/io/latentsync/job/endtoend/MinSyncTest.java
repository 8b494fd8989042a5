package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages and results about segments below --min_sync, on real Spark in local mode. */
@Tag("slow")
final class MinSyncTest {
  @TempDir Path folder;
  private Path output;
  private List<String> command;

  @BeforeEach
  void aVideoOfTwoSegments() throws IOException {
    NanoModels nano = new NanoModels(folder);
    output = folder.resolve("out").resolve("dubbed.mp4");
    Path video = folder.resolve("small.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("clip1.mp4", folder).toString(),
        "-frames:v",
        "12",
        "-vf",
        "scale=360:360",
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        video.toString());
    // 52 frames: a segment of 32, and one of 20, which is too short for the correlation.
    command =
        new ArrayList<>(
            List.of(
                "--video_path=" + video,
                "--audio_path=" + nano.speech(2.0),
                "--video_out_path=" + output,
                "--report_dir=" + folder.resolve("report"),
                "--inference_steps=2",
                "--segment_frames=32",
                "--keep_staging"));
    command.addAll(nano.options());
  }

  /** Runs the command; returns its summary. */
  private String dub(String... more) {
    List<String> arguments = new ArrayList<>(command);
    Collections.addAll(arguments, more);
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(DubCommand.run(arguments.toArray(String[]::new))).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private JsonNode result() throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve("report").resolve("results.json").toFile())
        .get(0);
  }

  /** The only staging that holds a file. */
  private Path stagingWith(String file) throws IOException {
    try (Stream<Path> stagings = Files.list(output.getParent())) {
      return stagings
          .filter(staging -> Files.exists(staging.resolve(file)))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void aSegmentBelowTheLimitIsRenderedAgainAndTheBestAttemptIsInTheOutput() throws Exception {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    String summary = dub("--min_sync=1", "--retry_guidance=4,20");

    JsonNode result = result();
    assertThat(result.get("minSync").asDouble()).isEqualTo(1);
    assertThat(result.get("minSyncScale").asText()).isEqualTo("correlation");
    JsonNode first = result.get("segments").get(0);
    assertThat(first.get("belowMinSync").asBoolean()).isTrue();
    assertThat(first.get("takes"))
        .extracting(take -> take.get("guidance").asDouble())
        .containsExactly(1.0, 4.0, 20.0);
    List<Double> values = new ArrayList<>();
    List<Boolean> kept = new ArrayList<>();
    first.get("takes").forEach(take -> values.add(take.get("value").asDouble()));
    first.get("takes").forEach(take -> kept.add(take.get("kept").asBoolean()));
    assertThat(kept.indexOf(true)).isEqualTo(values.indexOf(Collections.max(values)));
    assertThat(Collections.frequency(kept, true)).isEqualTo(1);
    assertThat(first.get("sync").get("correlationInPlace").asDouble())
        .isEqualTo(Collections.max(values));
    JsonNode second = result.get("segments").get(1);
    assertThat(second.get("belowMinSync").asBoolean()).as("too short to be judged").isFalse();
    assertThat(second.get("takes")).isEmpty();
    assertThat(summary)
        .contains("1 of 2 segments below 1.00 (correlation at lag 0), 1 could not be measured")
        .containsPattern("(?m)^retried +1 of 2 segments with other guidance scales");

    // The output consists of the kept attempt and the unchanged second segment.
    Path staging = stagingWith("segment-00000000-guidance-20.0.mp4");
    List<Path> takes =
        Stream.of("", "-guidance-4.0", "-guidance-20.0")
            .map(name -> staging.resolve("segment-00000000" + name + ".mp4"))
            .toList();
    byte[] pictures = NanoModels.rgb(output);
    byte[] best = NanoModels.rgb(takes.get(kept.indexOf(true)));
    byte[] rest = NanoModels.rgb(staging.resolve("segment-00000032.mp4"));
    assertThat(Arrays.equals(pictures, 0, best.length, best, 0, best.length)).isTrue();
    assertThat(Arrays.equals(pictures, best.length, pictures.length, rest, 0, rest.length))
        .isTrue();
    assertThat(takes).extracting(Files::readAllBytes).doesNotHaveDuplicates();

    // A resumed run decides the same and renders only the missing attempt.
    Files.delete(takes.get(1).resolveSibling("segment-00000000-guidance-4.0.avro"));
    byte[] before = Files.readAllBytes(takes.get(1));
    Files.delete(takes.get(1));
    byte[] finished = Files.readAllBytes(output);
    dub("--min_sync=1", "--retry_guidance=4,20");
    assertThat(takes.get(1)).hasBinaryContent(before);
    assertThat(output).hasBinaryContent(finished);
    assertThat(result().get("segments").get(0).get("takes")).isEqualTo(first.get("takes"));

    // The attempt equals that of a whole video with this guidance: a segment does not depend on its
    // neighbours.
    dub("--guidance_scale=4", "--min_sync=-1", "--retry_guidance=20");
    assertThat(result().get("segments").get(0).get("takes")).as("not below").isEmpty();
    try (Stream<Path> stagings = Files.list(output.getParent())) {
      assertThat(
              stagings
                  .filter(path -> Files.isDirectory(path) && !path.equals(staging))
                  .filter(path -> !path.endsWith(SegmentCache.HIDDEN))
                  .map(path -> path.resolve("segment-00000000.mp4")))
          .singleElement()
          .satisfies(path -> assertThat(path).hasBinaryContent(before));
    }
  }

  @Test
  void syncNetScoresTheVideoAndEachSegment() throws Exception {
    Path network = new NanoModels(folder).syncNet();
    String summary = dub("--syncnet_path=" + network, "--min_sync=100", "--retry_guidance=4");

    assertThat(summary)
        .containsPattern(
            "(?m)^SyncNet +Sync-C \\d+\\.\\d\\d, Sync-D \\d+\\.\\d\\d, offset [+-]\\d+")
        .contains("2 of 2 segments below 100.00 (Sync-C)");
    JsonNode result = result();
    assertThat(result.get("minSyncScale").asText()).isEqualTo("confidence");
    // 32 frames have 28 windows of five frames. Of the 52 frames, 50 have sound, and 5 windows are
    // left out.
    assertThat(result.get("segments"))
        .extracting(segment -> segment.get("syncNet").get("windows").asInt())
        .containsExactly(28, 13);
    assertThat(result.get("syncNet").get("windows").asInt()).isEqualTo(41);
    for (JsonNode segment : result.get("segments")) {
      assertThat(segment.get("belowMinSync").asBoolean()).isTrue();
      JsonNode best = segment.get("takes").get(0);
      for (JsonNode take : segment.get("takes")) {
        best = take.get("value").asDouble() > best.get("value").asDouble() ? take : best;
      }
      assertThat(best.get("kept").asBoolean()).isTrue();
      assertThat(segment.get("syncNet").get("confidence")).isEqualTo(best.get("value"));
    }
    assertThat(Files.readString(folder.resolve("report").resolve("report.html")))
        .contains("<dt>SyncNet</dt>", "2 of 2 segments are below 100.00 (Sync-C)");
  }

  @Test
  void aBatchKeepsSegmentsThatReachedTheSameLimitBefore() throws Exception {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    Path manifest =
        Files.writeString(
            folder.resolve("batch.csv"),
            "id,video,audio,output%ntalk,%s,%s,%s%n"
                .formatted(
                    command.get(0).split("=", 2)[1], command.get(1).split("=", 2)[1], output));
    command = Stream.concat(Stream.of("--manifest=" + manifest), command.stream().skip(3)).toList();

    assertThat(dub("--min_sync=1", "--retry_guidance=4"))
        .contains("1 of 2 segments below 1.00", "rendered again: 1 of 2 segments");
    JsonNode takes = result().get("segments").get(0).get("takes");
    assertThat(takes).hasSize(2);

    dub("--min_sync=1", "--retry_guidance=4");
    assertThat(result().get("kept").asBoolean()).isTrue();
    assertThat(result().get("segments").get(0).get("takes")).isEqualTo(takes);

    // Another limit may need other attempts; the finished ones are reused.
    dub("--min_sync=-1", "--retry_guidance=4");
    assertThat(result().get("kept").asBoolean()).isFalse();
    assertThat(result().get("segments"))
        .extracting(
            segment -> segment.get("reused").asBoolean(),
            segment -> segment.get("belowMinSync").asBoolean())
        .containsOnly(tuple(true, false));
  }
}
