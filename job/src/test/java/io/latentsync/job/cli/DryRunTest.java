package io.latentsync.job.cli;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code dub --dry_run} reports, and that it leaves everything as it is. */
@Tag("slow")
final class DryRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private NanoModels nano;
  private Path video;
  private Path speech;
  private Path text;
  private Path manifest;

  @BeforeEach
  void aManifestWithATextAsVideo() throws IOException {
    nano = new NanoModels(folder);
    video = nano.video(20);
    speech = nano.speech(2);
    nano.bundle();
    text = Files.writeString(folder.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    manifest =
        Files.writeString(
            folder.resolve("night.csv"),
            """
            id,video,audio,output,steps,keep
            short,%1$s,%2$s,out/a.mp4,4,
            faulty,text.mp4,%2$s,out/b.mp4,,
            long,%1$s,%2$s,out/c.mp4,40,0-1.04
            """
                .formatted(video.getFileName(), speech.getFileName()));
  }

  private CommandOutput dub(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--device=cpu");
    arguments.add("--segment_frames=16");
    if (Stream.of(more).noneMatch(option -> option.startsWith("--progress="))) {
      arguments.add("--progress=none");
    }
    Collections.addAll(arguments, more);
    return CommandOutput.of("dub", new DubCommand(), arguments.toArray(String[]::new));
  }

  private Set<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void theTableHasARowForEachRequestAndTheLastLineTheSums() throws IOException {
    Set<Path> before = files();
    CommandOutput output = dub("--manifest=" + manifest, "--dry_run");
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isEqualTo(2);
    assertThat(files()).as("nothing is written").isEqualTo(before);
    List<String> lines = output.out().lines().toList();
    assertThat(lines.get(0))
        .matches("request +frames +length +segments +shots +faces +new lips +time +memory +coding");
    assertThat(lines.get(1))
        .matches("short +52 +2\\.08 s +4 +1 +12/12 +100 % +\\d+ s +\\d\\.\\d GiB +H\\.264, 8 bits");
    assertThat(lines.get(2))
        .startsWith("faulty: cannot be dubbed: night.csv line 3: video " + text + ": ");
    // Of 52 frames, 26 are kept.
    assertThat(lines.get(3))
        .matches("long +52 +2\\.08 s +4 +1 +12/12 +50 % +\\d+ s +\\d\\.\\d GiB +H\\.264, 8 bits");
    assertThat(lines.get(4))
        .isEqualTo("total        2 of 3 requests can be dubbed: 0.1 min of video, 8 segments");
    assertThat(lines.get(5))
        .matches(
            "time         about \\d+ s for the synthesis: 1 executor, \\d+ tasks, .* TFLOP/s each"
                + " \\(measured\\)");
    assertThat(lines.get(6)).matches("longest      long: about \\d+ s");
    assertThat(lines.get(7)).matches("memory       about \\d\\.\\d GiB in an executor");
    JsonNode end = JSON.readTree(lines.get(8));
    assertThat(end.get("event").asText()).isEqualTo("dryRun");
    assertThat(end.get("requests").asInt()).isEqualTo(3);
    assertThat(end.get("possible").asInt()).isEqualTo(2);
    assertThat(end.get("impossible").asInt()).isEqualTo(1);
    assertThat(end.get("frames").asInt()).isEqualTo(104);
    assertThat(end.get("segments").asInt()).isEqualTo(8);
    assertThat(end.get("executors").asInt()).isEqualTo(1);
    assertThat(end.get("longest").asText()).isEqualTo("long");
    assertThat(end.get("seconds").asDouble())
        .as("the longest is one of all")
        .isGreaterThanOrEqualTo(end.get("longestSeconds").asDouble());
    assertThat(end.get("memoryBytes").asLong()).isGreaterThan(600L << 20);
    assertThat(end.get("exitCode").asInt()).isEqualTo(2);
    assertThat(lines).hasSize(9);
  }

  @Test
  void foldersThatDoNotExistAreNotCreated() throws IOException {
    Set<Path> before = files();
    CommandOutput output =
        dub(
            "--manifest=" + manifest,
            "--only=short",
            "--dry_run",
            "--segment_cache=" + folder.resolve("new/segments"),
            "--cache_dir=" + folder.resolve("new/cache"),
            "--temp_dir=" + folder.resolve("new/temp"),
            "--report_dir=" + folder.resolve("new/report"),
            "--results_table=" + folder.resolve("new/table"));
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void soundAndSyncNetThatDubRefusesAreRefused() throws IOException {
    Path silent = folder.resolve("silent.mp4");
    ffmpeg("-i", video.toString(), "-an", "-c", "copy", silent.toString());
    Path network = Files.writeString(folder.resolve("syncnet.pt"), "no network");
    Path lines =
        Files.writeString(
            folder.resolve("sounds.jsonl"),
            """
            {"id": "file", "video": "%1$s", "audio": "%2$s", "output": "out/a.mp4",             "sound": "text.mp4"}
            {"id": "source", "video": "silent.mp4", "audio": "%2$s", "output": "out/b.mp4",             "speakers": [{"name": "anna", "face": "left"}], \
            "ranges": [{"to": 0.5, "keep": true, "sound": "source"}]}
            {"id": "rate", "video": "%1$s", "audio": "%2$s", "output": "out/c.mp4"}
            """
                .formatted(video.getFileName(), speech.getFileName()));
    CommandOutput output =
        dub("--manifest=" + lines, "--dry_run", "--syncnet_path=" + network, "--fps=25");
    assertThat(output.code()).isEqualTo(2);
    List<String> rows = output.out().lines().filter(row -> row.contains("cannot be")).toList();
    assertThat(rows).as("%s", output.errors()).hasSize(3);
    assertThat(rows.get(0)).contains("file: cannot be dubbed: ", text.toString());
    assertThat(rows.get(1))
        .isEqualTo(
            "source: cannot be dubbed: sounds.jsonl line 2: video %s: has no audio stream"
                .formatted(silent));
    assertThat(rows.get(2)).contains("rate: cannot be dubbed: ", network.toString());
  }

  @Test
  void aRequestWithSpeakersHasTheShareOfEach() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("talk.jsonl"),
            """
            {"id": "talk", "video": "%s", "output": "out/a.mp4", "speakers": \
            [{"name": "anna", "face": "left", "audio": "%s"}, \
            {"name": "ben", "face": "left", "audio": "%2$s"}], "ranges": \
            [{"to": 0.52, "dub": "anna"}, {"from": 1.04, "dub": "ben"}]}
            """
                .formatted(video.getFileName(), speech.getFileName()));
    CommandOutput output = dub("--manifest=" + lines, "--dry_run");
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    // 13 and 26 of 52 frames.
    assertThat(output.out().lines().toList().get(1)).matches("talk +52 .* 75 % .*");
    assertThat(output.out().lines().toList().get(2)).isEqualTo("  speakers: anna 25 %, ben 50 %");
  }

  @Test
  void schedulersGetJsonLines() throws IOException {
    CommandOutput output = dub("--manifest=" + manifest, "--dry_run", "--progress=json");
    assertThat(output.code()).isEqualTo(2);
    List<JsonNode> plans = new ArrayList<>();
    for (String line : output.out().lines().toList()) {
      JsonNode event = JSON.readTree(line);
      if (event.get("event").asText().equals("plan")) {
        plans.add(event);
      }
    }
    assertThat(plans)
        .extracting(plan -> plan.get("id").asText() + " " + plan.get("state").asText())
        .containsExactly("short possible", "faulty impossible", "long possible");
    assertThat(plans.get(0).get("facesFound").asInt()).isEqualTo(12);
    assertThat(plans.get(2).get("newLips").asDouble()).isEqualTo(0.5);
    assertThat(plans.get(2).get("seconds").asDouble())
        .as("ten times the steps")
        .isGreaterThanOrEqualTo(plans.get(0).get("seconds").asDouble());
    assertThat(plans.get(1).get("reason").asText()).startsWith("night.csv line 3: video ");
    assertThat(plans.get(1).has("frames")).isFalse();
  }

  @Test
  void aSingleVideoIsExaminedInTheSameWay() throws IOException {
    Path output = folder.resolve("new").resolve("folder").resolve("a.mp4");
    CommandOutput good =
        dub(
            "--video_path=" + video,
            "--audio_path=" + speech,
            "--video_out_path=" + output,
            "--dry_run");
    assertThat(good.errors()).isEmpty();
    assertThat(good.code()).isZero();
    assertThat(good.out().lines().toList().get(1)).matches(video.getFileName() + " +52 .*");
    assertThat(folder.resolve("new")).doesNotExist();
    CommandOutput wrong =
        dub(
            "--video_path=" + text,
            "--audio_path=" + speech,
            "--video_out_path=" + output,
            "--dry_run");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.out().lines().toList().get(1))
        .startsWith("text.mp4: cannot be dubbed: --video_path " + text + ": ");
  }

  @Test
  void wrongRowsAreReportedAsByARun() throws IOException {
    Files.writeString(manifest, "id,video,audio,output\na,gone.mp4,gone.wav,a.mp4\n");
    CommandOutput output = dub("--manifest=" + manifest, "--dry_run");
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors())
        .containsExactly(
            "dub: night.csv line 2: video %s: no such file".formatted(folder.resolve("gone.mp4")),
            "dub: night.csv line 2: audio %s: no such file".formatted(folder.resolve("gone.wav")));
    assertThat(output.out()).isEmpty();
  }
}
