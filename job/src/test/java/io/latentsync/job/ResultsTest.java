package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.model.PlayOrder;
import io.latentsync.model.RenderOptions;
import io.latentsync.record.RequestResult;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultsTest {
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
    return new DubRequest(
        id,
        new Location("video.mp4"),
        new Location("speech.wav"),
        new Location(output.toString()),
        Demonstration.MODEL,
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 7, 1, 1),
        16);
  }

  private Outcome.Done done() throws IOException {
    List<SegmentMetrics> segments =
        List.of(
            new SegmentMetrics(16, 4, 4, List.of(), 0, 0, 0, 0, 2.5, 1L, 2, false),
            new SegmentMetrics(0, 16, 15, List.of(), 0, 0, 0, 0, 1.5, 1L, 0, true));
    return new Outcome.Done(
        new Summary(
            request,
            new PlayOrder(12, 20),
            new FrameRate(30000, 1001),
            Map.of(Stage.PLAN, Duration.ofMillis(500), Stage.SYNTHESISE, Duration.ofMillis(3500)),
            segments,
            new FaceReport(1, 0, 12, Map.of("MediaPipe", 12L)),
            Optional.empty(),
            "0123abcd",
            request.output().state(configuration)));
  }

  @Test
  void whatIsDoneIsKnownToTheNextRunThoughThisOneIsKilled() throws IOException {
    Results.anew(Optional.of(place), configuration).add(done());

    Results next = Results.resumed(place, configuration);
    RequestResult row = next.finished(request("renamed"), "0123abcd").orElseThrow();
    assertThat(row.getKept()).isTrue();
    assertThat(row.getId()).isEqualTo("renamed");
    assertThat(row.getFrames()).isEqualTo(20);
    assertThat(row.getFps()).isEqualTo("25");
    assertThat(row.getFrameRate()).isEqualTo(30000 / 1001.0);
    assertThat(row.getSynthesisedFrames()).isEqualTo(19);
    assertThat(row.getFramesPerSecond()).isEqualTo(5);
    assertThat(row.getSegments()).extracting("firstFrame").containsExactly(0, 16);
    assertThat(row.getSegments()).extracting("reused").containsExactly(true, false);
    assertThat(row.getSegments()).extracting("attempt").containsExactly(0, 2);
  }

  @Test
  void anOutputThatIsNotAsItWasWrittenIsNotKept() throws IOException {
    Results.anew(Optional.of(place), configuration).add(done());
    Results next = Results.resumed(place, configuration);
    assertThat(next.finished(request, "other files or options")).isEmpty();
    Files.writeString(output, "another video");
    assertThat(next.finished(request, "0123abcd")).isEmpty();
    Files.delete(output);
    assertThat(next.finished(request, "0123abcd")).isEmpty();
  }

  @Test
  void whatFailedIsTriedAgain() throws IOException {
    Results results = Results.anew(Optional.of(place), configuration);
    results.finish(
        List.of(new Outcome.Failed(request, Map.of(), new IOException("the disk is full"))));
    assertThat(Results.resumed(place, configuration).finished(request, "")).isEmpty();
    assertThat(Files.readString(folder.resolve("results.json"))).contains("the disk is full");
  }

  @Test
  void aFileThatIsNoResultIsNotOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("results.avro"), "my own notes");
    assertThatThrownBy(() -> Results.resumed(place, configuration))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("--report_dir", "results.avro", "remove it");
    assertThat(file).hasContent("my own notes");
  }
}
