package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The selection of requests of a manifest, the report about them, and the exit code. */
@Tag("slow")
final class BatchOptionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private NanoModels nano;
  private Path manifest;
  private Path video;

  @BeforeEach
  void aManifestWithADamagedVideo() throws IOException {
    nano = new NanoModels(folder);
    video = nano.video(5);
    Path audio = nano.speech(0.5);
    Files.writeString(folder.resolve("later.mp4"), "This is not a video.\n".repeat(99));
    manifest =
        Files.writeString(
            folder.resolve("night.csv"),
            """
            id,video,audio,output
            good,%1$s,%2$s,out/a.mp4
            bad,later.mp4,%2$s,out/b.mp4
            """
                .formatted(video.getFileName(), audio.getFileName()));
  }

  private CommandOutput dub(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--manifest=" + manifest);
    arguments.add("--inference_steps=2");
    arguments.add("--device=cpu");
    Collections.addAll(arguments, more);
    return CommandOutput.of("dub", new DubCommand(), arguments.toArray(String[]::new));
  }

  private static JsonNode last(CommandOutput output) throws IOException {
    return JSON.readTree(output.out().lines().reduce((first, second) -> second).orElseThrow());
  }

  private static void counts(JsonNode end, int done, int kept, int failed, int skipped) {
    assertThat(end.get("event").asText()).isEqualTo("end");
    assertThat(end.get("requests").asInt()).isEqualTo(2);
    assertThat(end.get("done").asInt()).as("done").isEqualTo(done);
    assertThat(end.get("kept").asInt()).as("kept").isEqualTo(kept);
    assertThat(end.get("failed").asInt()).as("failed").isEqualTo(failed);
    assertThat(end.get("skipped").asInt()).as("skipped").isEqualTo(skipped);
    assertThat(end.get("interrupted").asInt()).isZero();
    assertThat(end.get("seconds").asDouble()).isPositive();
  }

  private JsonNode results() throws IOException {
    return JSON.readTree(folder.resolve("results.json").toFile());
  }

  private List<String> statuses() throws IOException {
    return StreamSupport.stream(results().spliterator(), false)
        .map(row -> row.get("status").asText())
        .toList();
  }

  @Test
  void schedulersGetJsonLinesExitCodesAndTheFailedRequestsAgain() throws Exception {
    CommandOutput json = dub("--progress=json");
    assertThat(json.code()).isEqualTo(3);
    List<JsonNode> requests = new ArrayList<>();
    List<String> stages = new ArrayList<>();
    for (String line : json.out().lines().toList()) {
      JsonNode event = JSON.readTree(line);
      if (event.get("event").asText().equals("request")) {
        requests.add(event);
      } else if (event.has("stage")) {
        assertThat(event.get("total").asLong()).isPositive();
        stages.add(event.get("stage").asText());
      }
    }
    assertThat(stages).contains("plan", "analyse", "speech", "synthesise", "stitch");
    // The damaged request fails in planning, before the other is dubbed.
    assertThat(requests)
        .extracting(event -> event.get("id").asText() + " " + event.get("state").asText())
        .containsExactly("bad failed", "good done");
    assertThat(requests.get(0).get("reason").asText())
        .startsWith("night.csv line 3: video " + folder.resolve("later.mp4") + ": ");
    assertThat(requests.get(1).get("frames").asInt()).isEqualTo(14);
    assertThat(requests.get(1).get("ended").asInt()).isEqualTo(2);
    JsonNode end = last(json);
    counts(end, 1, 0, 1, 0);
    assertThat(end.get("exitCode").asInt()).isEqualTo(3);
    assertThat(end.get("report").asText()).isEqualTo(folder.resolve("report.html").toString());
    for (JsonNode row : results()) {
      assertThat(row.get("queuedSeconds").asDouble()).isNotNegative();
    }

    CommandOutput enough = dub("--min_success=50%", "--progress=none");
    assertThat(enough.code()).isZero();
    assertThat(enough.out().lines().toList())
        .anyMatch(
            line ->
                line.startsWith("bad: failed: night.csv line 3: video ")
                    && line.matches(".*; [12] of 2 ended"))
        .anyMatch(line -> line.matches("good: done before: .*/out/a.mp4; [12] of 2 ended"))
        .contains("1 of 2 done, 1 failed; report in " + folder.resolve("report.html"));
    counts(last(enough), 0, 1, 1, 0);

    Files.copy(video, folder.resolve("later.mp4"), StandardCopyOption.REPLACE_EXISTING);
    CommandOutput again = dub("--only=failed");
    assertThat(again.code()).isZero();
    counts(last(again), 1, 0, 0, 1);
    assertThat(statuses()).containsExactly("skipped", "done");
    assertThat(results().get(0).get("lastStatus").asText()).isEqualTo("kept");

    CommandOutput none = dub("--only=failed");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.errors())
        .containsExactly(
            "dub: --only is failed, but no request of the manifest failed in its last run;"
                + " --allow_empty makes that a success");
    CommandOutput nothing = dub("--only=failed", "--allow_empty");
    assertThat(nothing.code()).isZero();
    counts(last(nothing), 0, 0, 0, 2);
    CommandOutput all = dub();
    assertThat(all.code()).isZero();
    counts(last(all), 0, 2, 0, 0);
    assertThat(statuses()).containsExactly("kept", "kept");
  }

  @Test
  void wrongValuesAreNamedBeforeAnyWork() throws Exception {
    assertThat(dub("--min_success=some").errors())
        .containsExactly(
            "dub: --min_success is some, but must be a number of requests such as 10, or a share"
                + " such as 95%");
    assertThat(dub("--min_success=101%").errors())
        .containsExactly(
            "dub: --min_success is 101%, but must be a number of requests such as 10, or a share"
                + " such as 95%");
    assertThat(dub("--min_success=3").errors())
        .containsExactly("dub: --min_success is 3, but this run has only 2 requests");
    assertThat(dub("--only=good,other,x").errors())
        .containsExactly("dub: --only is good,other,x, but the manifest has no request other, x");
    assertThat(dub("--only=, ").errors())
        .containsExactly("dub: --only is empty, but must be failed, or ids separated by commas");
    assertThat(dub("--progress=much").errors())
        .containsExactly(
            "dub: --progress is much, but must be auto or bar or plain or json or none");
    Files.writeString(manifest, "id,video,audio,output\n");
    assertThat(dub().errors()).containsExactly("dub: --manifest " + manifest + ": has no requests");
    assertThat(folder.resolve("results.json")).doesNotExist();
    CommandOutput empty = dub("--allow_empty");
    assertThat(empty.code()).isZero();
    assertThat(last(empty).get("requests").asInt()).isZero();
  }

  @Test
  void optionsOfAManifestAreRefusedForASingleVideo() {
    for (String option : List.of("--only=failed", "--min_success=1", "--allow_empty")) {
      CommandOutput output =
          CommandOutput.of(
              "dub",
              new DubCommand(),
              "--demo",
              option,
              "--video_out_path=" + folder.resolve("x.mp4"));
      String[] parts = option.split("=", 2);
      assertThat(output.code()).isEqualTo(2);
      assertThat(output.errors())
          .containsExactly(
              "dub: %s is %s, but must come with --manifest"
                  .formatted(parts[0], parts.length == 2 ? parts[1] : "given"));
    }
  }
}
