package io.latentsync.job.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import io.latentsync.job.cli.probe.RequestPreview.Price;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.VideoCoding;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.estimate.MemoryEstimate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PreviewTest {
  private static final TaskSpeed CPU = new TaskSpeed("cpu", DataType.FLOAT32, 10);
  private static final TaskSpeed GPU = new TaskSpeed("gpu", DataType.FLOAT16, 10);

  private static RequestPreview possible(String id, int segments, double flops, long memory) {
    return new RequestPreview.Possible(
        id,
        new InputProbe.Work(
            VideoProbe.ofPictures(64, 64),
            VideoCoding.of(EncoderOptions.DEFAULT, VideoProbe.ofPictures(64, 64)),
            100 * segments,
            4.0 * segments,
            segments,
            1,
            new InputProbe.Faces(12, 12, 0),
            1,
            100L * segments,
            List.of(),
            List.of()),
        Optional.of(
            new Price(
                flops, new MemoryEstimate(0, memory, 0), new MemoryEstimate(0, memory / 2, 0))));
  }

  @Test
  void aRequestUsesAsManyTasksAsItHasSegments() {
    Capacity capacity = new Capacity(2, 8, 0, CPU);
    Preview preview =
        new Preview(
            List.of(
                possible("short", 2, 800, 5),
                new RequestPreview.Impossible("text", "no video"),
                possible("long", 16, 1600, 7),
                new RequestPreview.Finished("old")));
    assertThat(preview.possible()).hasSize(2);
    assertThat(preview.finished()).isEqualTo(1);
    assertThat(preview.impossible()).isEqualTo(1);
    assertThat(preview.segments()).isEqualTo(18);
    assertThat(preview.frames()).isEqualTo(1800);
    assertThat(preview.videoSeconds()).isEqualTo(72);
    // 800 operations at 10 a second in two tasks, 1600 in eight.
    assertThat(preview.longest(capacity).orElseThrow().id()).isEqualTo("short");
    assertThat(capacity.seconds(preview.longest(capacity).orElseThrow())).isEqualTo(40);
    assertThat(preview.seconds(capacity)).as("the short one alone takes longer").isEqualTo(40);
    assertThat(preview.seconds(new Capacity(1, 2, 0, CPU))).isEqualTo(120);
    assertThat(capacity.tasksOfExecutor(2)).isEqualTo(1);
    assertThat(capacity.tasksOfExecutor(18)).isEqualTo(4);
    assertThat(preview.largest().orElseThrow().memory().task()).isEqualTo(7);
  }

  @Test
  void tasksShareTheSpeedOfTheirGpu() {
    Preview preview = new Preview(List.of(possible("a", 16, 1600, 1)));
    assertThat(preview.seconds(new Capacity(2, 8, 2, GPU))).isEqualTo(80);
    assertThat(preview.seconds(new Capacity(1, 4, 1, GPU))).isEqualTo(160);
  }

  @Test
  void nothingToDoTakesNoTime() {
    Preview preview = new Preview(List.of(new RequestPreview.Finished("old")));
    Capacity capacity = new Capacity(1, 1, 0, CPU);
    assertThat(preview.seconds(capacity)).isZero();
    assertThat(preview.longest(capacity)).isEmpty();
    assertThat(preview.largest()).isEmpty();
  }
}
