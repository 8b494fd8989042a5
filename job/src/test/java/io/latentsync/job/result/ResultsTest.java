package io.latentsync.job.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.storage.Location;
import io.latentsync.job.synthesis.ScoredAttempt;
import io.latentsync.job.synthesis.SegmentAttempts;
import io.latentsync.job.testing.SampleResults;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.validate.BorderSteps;
import io.latentsync.model.validate.Validation;
import io.latentsync.record.MouthState;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.record.SyncScale;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultsTest {
  private static final RunResult RUN = SampleResults.run("20261129T010000Z-0123abcd");

  @TempDir Path folder;
  private final Configuration configuration = new Configuration();
  private Location place;
  private Path output;
  private DubRequest request;

  @BeforeEach
  void anOutput() throws IOException {
    place = new Location(folder.toString());
    output = Files.writeString(folder.resolve("dubbed.mp4"), "a dubbed video");
    request = request("talk");
  }

  private DubRequest request(String id) {
    return request(id, SyncOptions.DEFAULT);
  }

  private DubRequest request(String id, SyncOptions sync) {
    return new DubRequest(
        id,
        new Location("video.mp4"),
        new Location("speech.wav"),
        new Location(output.toString()),
        Demonstration.MODEL,
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 7, 1, 1),
        sync,
        16);
  }

  /** A summary of 16 frames, 15 of them re-synthesised. */
  private static ScoredAttempt take(
      int first, double guidance, double inPlace, double seconds, int attempt, boolean reused) {
    return new ScoredAttempt(
        new Attempt(new FrameRange(first, 16), guidance, guidance != 1),
        new SegmentMetrics(
            first, 16, 15, List.of(), 0, 0, 0, 0, seconds, 1L, attempt, "", reused, 0, 0),
        Optional.of(new SyncMeasure(1, 0.5, inPlace, true)),
        new float[0][]);
  }

  private Outcome.Done done() throws IOException {
    List<SegmentAttempts> segments =
        List.of(
            new SegmentAttempts(take(0, 1, 0.1, 1.5, 0, true)),
            new SegmentAttempts(take(16, 1, 0.4, 2.5, 2, false)));
    return new Outcome.Done(
        new Summary(
            request,
            new FrameSchedule(12, 32),
            new FrameRate(30000, 1001),
            new RequestTimes(
                Map.of(
                    Stage.PLAN, Duration.ofMillis(500), Stage.SYNTHESISE, Duration.ofMillis(3500)),
                Duration.ofMillis(1200)),
            Duration.ZERO,
            segments,
            List.of(
                new SpeakerReport(
                    "",
                    "speech.wav",
                    new FaceReport(1, 1, 0, 12, Map.of("MediaPipe", 12L)),
                    12,
                    Optional.empty(),
                    List.of())),
            Optional.of(
                new Validation(
                    32,
                    44.5,
                    43.25,
                    List.of(new BorderSteps(BorderSteps.Kind.SEGMENT, 1, 0.75, 0.5)),
                    Optional.empty(),
                    List.of("the faces jump"))),
            List.of("3 of 32 frames have another size"),
            "0123abcd",
            request.output().state(configuration)));
  }

  @Test
  void theNextRunAfterAKillFindsFinishedRequests() throws IOException {
    Results.fresh(Optional.of(place), configuration).add(done());

    Results next = Results.resumed(place, configuration);
    RequestResult row = next.finished(request("renamed"), "0123abcd").orElseThrow();
    assertThat(row.getKept()).isTrue();
    assertThat(row.getStatus()).isEqualTo(RequestStatus.kept);
    assertThat(row.getQueuedSeconds()).isEqualTo(1.2);
    assertThat(row.getId()).isEqualTo("renamed");
    assertThat(row.getFrames()).isEqualTo(32);
    assertThat(row.getFps()).isEqualTo("25");
    assertThat(row.getFrameRate()).isEqualTo(30000 / 1001.0);
    assertThat(row.getSynthesisedFrames()).isEqualTo(30);
    assertThat(row.getNotes()).containsExactly("3 of 32 frames have another size");
    assertThat(row.getFramesPerSecond()).isEqualTo(8);
    assertThat(row.getSegments()).extracting("firstFrame").containsExactly(0, 16);
    assertThat(row.getSegments()).extracting("reused").containsExactly(true, false);
    assertThat(row.getSegments()).extracting("attempt").containsExactly(0, 2);
    assertThat(row.getMinSync()).isNull();
    assertThat(row.getSegments()).extracting("belowMinSync").containsExactly(false, false);
  }

  @Test
  void aKilledRunKeepsTheRowsOfTheOtherRequests() throws IOException {
    Results.resumed(place, configuration).add(done());
    request = request("another");
    Results.resumed(place, configuration).add(done());
    request = request("talk");
    Results next = Results.resumed(place, configuration);
    assertThat(next.finished(request, "0123abcd")).isPresent();
    try (DataFileStream<RequestResult> rows =
        new DataFileStream<>(
            Files.newInputStream(place.child("results.avro").localPath()),
            new SpecificDatumReader<>(RequestResult.class))) {
      assertThat((Iterable<RequestResult>) rows)
          .extracting(RequestResult::getId)
          .containsExactly("talk", "another");
    }
  }

  @Test
  void keptResultsAreMarkedByTheCurrentMinimum() throws IOException {
    Results.fresh(Optional.of(place), configuration).add(done());
    Results next = Results.resumed(place, configuration);
    SyncOptions demand = new SyncOptions(0.3, List.of(), "");
    RequestResult row = next.finished(request("talk", demand), "0123abcd").orElseThrow();
    assertThat(row.getMinSync()).isEqualTo(0.3);
    assertThat(row.getMinSyncScale()).isEqualTo(SyncScale.correlation);
    assertThat(row.getSegments()).extracting("belowMinSync").containsExactly(true, false);

    // Without a SyncNet score, nothing can be marked on SyncNet's scale.
    SyncOptions confidence = new SyncOptions(3, List.of(), "syncnet_v2.model");
    RequestResult unjudged = next.finished(request("talk", confidence), "0123abcd").orElseThrow();
    assertThat(unjudged.getMinSyncScale()).isEqualTo(SyncScale.confidence);
    assertThat(unjudged.getSegments()).extracting("belowMinSync").containsExactly(false, false);
  }

  @Test
  void aChangedOutputIsNotKept() throws IOException {
    Results.fresh(Optional.of(place), configuration).add(done());
    Results next = Results.resumed(place, configuration);
    assertThat(next.finished(request, "other files or options")).isEmpty();
    Files.writeString(output, "another video");
    assertThat(next.finished(request, "0123abcd")).isEmpty();
    Files.delete(output);
    assertThat(next.finished(request, "0123abcd")).isEmpty();
  }

  @Test
  void aFailedComputationIsRetried() throws IOException {
    Results results = Results.fresh(Optional.of(place), configuration);
    results.finish(
        List.of(
            new Outcome.Failed(request, RequestTimes.NONE, new IOException("the disk is full"))),
        RUN);
    assertThat(Results.resumed(place, configuration).finished(request, "")).isEmpty();
    assertThat(Files.readString(folder.resolve("results.json"))).contains("the disk is full");
  }

  @Test
  void anInterruptedRunKeepsTheResultsOfRequestsThatItDidNotStart() throws IOException {
    Results.fresh(Optional.of(place), configuration).add(done());
    Results.resumed(place, configuration)
        .finish(List.of(new Outcome.Interrupted(request, RequestTimes.NONE)), RUN);
    assertThat(Results.resumed(place, configuration).finished(request, "0123abcd")).isPresent();

    // A request that this run started had no finished output.
    List<RequestResult> rows =
        Results.resumed(place, configuration)
            .finish(
                List.of(
                    new Outcome.Interrupted(
                        request,
                        new RequestTimes(Map.of(Stage.PLAN, Duration.ofMillis(1)), Duration.ZERO))),
                RUN);
    assertThat(rows).extracting(RequestResult::getStatus).containsOnly(RequestStatus.interrupted);
    assertThat(Results.resumed(place, configuration).finished(request, "0123abcd")).isEmpty();
  }

  @Test
  void skippedRequestsKeepTheResultsOfTheLastRunThatDidNotSkipThem() throws IOException {
    DubRequest other = request("other");
    Outcome failed =
        new Outcome.Failed(other, RequestTimes.NONE, new IOException("the disk is full"));
    Results.fresh(Optional.of(place), configuration).finish(List.of(done(), failed), RUN);
    // Skipped twice.
    for (int run = 0; run < 2; run++) {
      Results results = Results.resumed(place, configuration);
      assertThat(results.failedBefore("talk")).isFalse();
      assertThat(results.failedBefore("other")).isTrue();
      assertThat(results.failedBefore("unknown")).isFalse();
      List<RequestResult> rows =
          results.finish(
              List.of(
                  new Outcome.Skipped(request),
                  new Outcome.Skipped(other),
                  new Outcome.Skipped(request("new"))),
              RUN);
      assertThat(rows).extracting(RequestResult::getStatus).containsOnly(RequestStatus.skipped);
      assertThat(rows)
          .extracting(RequestResult::getLastStatus)
          .containsExactly(RequestStatus.done, RequestStatus.failed, null);
      assertThat(rows.get(0).getFrames()).isEqualTo(32);
      assertThat(rows.get(1).getReason()).isEqualTo("the disk is full");
    }
    RequestResult row =
        Results.resumed(place, configuration).finished(request, "0123abcd").orElseThrow();
    assertThat(row.getStatus()).isEqualTo(RequestStatus.kept);
    assertThat(row.getLastStatus()).isNull();
  }

  @Test
  void jsonLinesHaveTheRowsOfTheArray() throws IOException {
    Results results = Results.fresh(Optional.of(place), configuration);
    results.finish(
        List.of(done(), new Outcome.Failed(request, RequestTimes.NONE, new IOException("a\nb"))),
        RUN);
    JsonNode array = new ObjectMapper().readTree(folder.resolve("results.json").toFile());
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("results.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines).hasSize(2).containsExactlyElementsOf(array);
    JsonNode run = lines.get(0).get("run");
    assertThat(run.get("id").asText()).isEqualTo("20261129T010000Z-0123abcd");
    assertThat(run.get("started").asText()).isEqualTo("2026-11-29T01:00:00.125Z");
    assertThat(run.get("options")).hasSize(3);
    assertThat(lines.get(0).get("steps").asInt()).isEqualTo(2);
    assertThat(lines.get(1).get("guidance").asDouble()).isEqualTo(1);
  }

  @Test
  void eachHalfHasAFrameWithTheLargestAndTheSmallestMouthOpening() {
    float none = Float.NaN;
    assertThat(StillFrames.extremes(new float[] {none, 0.1f, 0.3f, 0.2f, 0.2f, none, 0.5f, 0.6f}))
        .isEqualTo(
            Map.of(
                1,
                MouthState.closed,
                2,
                MouthState.open,
                4,
                MouthState.closed,
                7,
                MouthState.open));
    assertThat(StillFrames.extremes(new float[] {none, none, 0.5f, 0.4f}))
        .as("the first half has no mouth")
        .isEqualTo(Map.of(2, MouthState.open, 3, MouthState.closed));
    assertThat(StillFrames.extremes(new float[] {none, 0.1f, 0.1f, none}))
        .as("a mouth that does not move")
        .isEmpty();
    assertThat(StillFrames.extremes(new float[0])).isEmpty();
  }

  @Test
  void aFileWithoutResultsIsNotOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("results.avro"), "my own notes");
    assertThatThrownBy(() -> Results.resumed(place, configuration))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("--report_dir", "results.avro", "remove it");
    assertThat(file).hasContent("my own notes");
  }

  /**
   * A JSON parser reads the original texts, and a terminal that shows the file is not controlled by
   * them.
   */
  @Test
  void jsonHasNoHiddenCharacters() throws IOException {
    String id = "a\nb\u001b[31m\u007f\u009b\u202e\u2028 ä 😀";
    Results results = Results.fresh(Optional.of(place), configuration);
    results.finish(
        List.of(
            new Outcome.Failed(
                request(id), RequestTimes.NONE, new IOException("\u001b[2J is odd"))),
        RUN);
    String json = Files.readString(folder.resolve("results.json"));
    assertThat(json)
        .contains("\"a\\nb\\u001B[31m\\u007F\\u009b\\u202e\\u2028 ä \\uD83D\\uDE00\"")
        .contains("\\\\u001b[2J is odd");
    assertThat(new ObjectMapper().readTree(json).get(0).get("id").asText()).isEqualTo(id);
  }

  @Test
  void resultsOfAnotherManifestAreRecognised() throws IOException {
    Location nightly = place.child("nightly.csv");
    Location other = place.child("other.csv");
    assertThat(Results.areOfAnother(nightly, place, configuration)).isFalse();
    Results.fresh(Optional.of(place), configuration)
        .finish(
            List.of(new Outcome.Skipped(request("talk"))),
            RunResult.newBuilder(RUN).setOptions(List.of("--manifest=x/nightly.csv")).build());
    assertThat(Results.areOfAnother(nightly, place, configuration)).isFalse();
    assertThat(Results.areOfAnother(other, place, configuration)).as("renamed").isFalse();
    Files.writeString(folder.resolve("nightly.csv"), "");
    assertThat(Results.areOfAnother(other, place, configuration)).isTrue();
    assertThat(Results.areOfAnother(nightly, place, configuration)).isFalse();
  }
}
