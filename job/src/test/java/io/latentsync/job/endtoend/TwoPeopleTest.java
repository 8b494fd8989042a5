package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.Summary;
import io.latentsync.job.run.Batch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.TwoHeads;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dubbing one of two synthetic heads: the left one is the larger at the beginning, the right one
 * grows, and the left half is black for some time, which is a shot of its own.
 */
@Tag("slow")
final class TwoPeopleTest {
  private static final int SIDE = TwoHeads.SIDE;

  @TempDir Path folder;

  @Test
  void onlyTheChosenPersonOfEachShotIsDubbed() throws Exception {
    Path video = TwoHeads.write(folder, 48);
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path speech = nano.speech(1.8);
    byte[] source = NanoModels.rgb(video);
    SparkConf conf =
        new SparkConf().setAppName("test").setMaster("local[2]").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      Location root = new Location(folder.toString());

      Summary summary = dub(request(models, video, speech, "largest"), spark, progress);
      byte[] largest = NanoModels.rgb(folder.resolve("largest.mp4"));
      assertDubbed(source, largest, 0, frame -> frame < 16);
      assertDubbed(source, largest, SIDE, frame -> frame >= 16);
      assertThat(summary.text())
          .contains("number 0 of 2 people", "MediaPipe 47", "separately in each of 3 shots");

      summary = dub(request(models, video, speech, "right"), spark, progress);
      byte[] right = NanoModels.rgb(folder.resolve("right.mp4"));
      assertDubbed(source, right, 0, frame -> false);
      assertDubbed(source, right, SIDE, frame -> true);
      assertThat(summary.text()).contains("number 1 of 2 people", "found in 47 of 47");

      DubRequest third = request(models, video, speech, "2");
      assertThatThrownBy(() -> dub(third, spark, progress))
          .hasStackTraceContaining("--face is 2, but must be from 0 to 1");
      assertThat(Staging.of(third, root, spark.hadoopConfiguration()).folder())
          .isNotEqualTo(
              Staging.of(
                      new DubRequest(
                          third.id(),
                          third.video(),
                          third.audio(),
                          third.output(),
                          third.models(),
                          FaceOptions.DEFAULT,
                          third.rendering(),
                          third.segmentFrames()),
                      root,
                      spark.hadoopConfiguration())
                  .folder());
    }
  }

  private Summary dub(DubRequest request, JavaSparkContext spark, Progress progress)
      throws IOException, InterruptedException {
    Results nowhere = Results.fresh(Optional.empty(), spark.hadoopConfiguration());
    Outcome outcome =
        new Batch(spark, progress, nowhere, false)
            .dub(List.of(request), any -> new Location(folder.toString()))
            .get(0);
    if (outcome instanceof Outcome.Failed failed) {
      throw new IOException("failed", failed.cause());
    }
    return ((Outcome.Done) outcome).summary();
  }

  private DubRequest request(ModelBundle models, Path video, Path speech, String face) {
    return new DubRequest(
        "two people",
        new Location(video.toString()),
        new Location(speech.toString()),
        new Location(folder.resolve(face + ".mp4").toString()),
        models,
        new FaceOptions(FaceChoice.of(face).orElseThrow(), ""),
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1247, 1, 1),
        16);
  }

  /**
   * Asserts that exactly the wanted frames have a new mouth in the half that begins at a column.
   */
  private static void assertDubbed(
      byte[] source, byte[] dubbed, int firstColumn, IntPredicate wanted) {
    int frames = dubbed.length / (3 * 2 * SIDE * SIDE);
    assertThat(frames).isEqualTo(47);
    for (int frame = 0; frame < frames; frame++) {
      int most = 0;
      for (int y = 0; y < SIDE; y++) {
        int row = 3 * ((frame * SIDE + y) * 2 * SIDE + firstColumn);
        for (int i = row; i < row + 3 * SIDE; i++) {
          most = Math.max(most, Math.abs((source[i] & 0xff) - (dubbed[i] & 0xff)));
        }
      }
      if (wanted.test(frame)) {
        assertThat(most).as("frame %d from column %d", frame, firstColumn).isGreaterThan(110);
      } else {
        assertThat(most).as("frame %d from column %d", frame, firstColumn).isLessThan(90);
      }
    }
  }
}
