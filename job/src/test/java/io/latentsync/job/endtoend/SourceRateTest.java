package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.Summary;
import io.latentsync.job.run.Batch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.Distances;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Videos dubbed at their own frame rates, on real Spark in local mode. */
@Tag("slow")
final class SourceRateTest {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 1280;

  /** Below it the video shows a pattern that is another in each frame. */
  private static final int PATTERN_ROW = 1180;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"30000, 1001", "24, 1"})
  void eachFrameOfTheSourceIsDubbedOnceAtItsRate(int numerator, int denominator) throws Exception {
    FrameRate rate = new FrameRate(numerator, denominator);
    NanoModels nano = new NanoModels(folder);
    Path output = folder.resolve("dubbed.mp4");
    Path video = video(nano, 30, rate);
    Path speech = nano.speech(0.5);
    Summary summary = dub(request(nano, video, speech, output, FrameRatePolicy.SOURCE), "").get(0);
    assertDubbedAtItsRate(summary, rate, video, output);
  }

  @Test
  void requestsAtSeveralRatesAndPartitionsAreIndependent() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = video(nano, 40, new FrameRate(50, 1));
    Path speech = nano.speech(0.5);
    Path own = folder.resolve("own.mp4");
    Path reference = folder.resolve("reference.mp4");
    DubRequest atItsOwn = request(nano, video, speech, own, FrameRatePolicy.SOURCE);
    DubRequest at25 = request(nano, video, speech, reference, FrameRatePolicy.REFERENCE);

    List<Summary> summaries = dub(List.of(at25, atItsOwn), "");
    assertDubbedAtItsRate(summaries.get(1), new FrameRate(50, 1), video, own);
    byte[] together = NanoModels.rgb(own);
    int frames = summaries.get(0).schedule().frames();
    assertThat(summaries.get(0).frameRate()).isEqualTo(FrameRate.REFERENCE);
    assertThat(summaries.get(1).schedule().frames()).isBetween(2 * frames - 3, 2 * frames);
    assertThat(stream(reference, "v", "avg_frame_rate")).isEqualTo("25/1");

    dub(atItsOwn, "3");
    assertThat(Arrays.equals(NanoModels.rgb(own), together)).isTrue();
  }

  @Test
  void thePolicyIsPartOfTheFingerprint() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(2);
    Path speech = nano.speech(0.1);
    Location root = new Location(folder.toString());
    Configuration configuration = new Configuration();
    String own =
        Staging.of(request(nano, video, speech, video, FrameRatePolicy.SOURCE), root, configuration)
            .fingerprint();
    String reference =
        Staging.of(
                request(nano, video, speech, video, FrameRatePolicy.REFERENCE), root, configuration)
            .fingerprint();
    assertThat(own).isNotEqualTo(reference);
  }

  @Test
  void aRateThatCannotBeKeptIsReportedBeforeTheWork() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = video(nano, 4, new FrameRate(100, 1));
    Path output = folder.resolve("none.mp4");
    DubRequest request = request(nano, video, nano.speech(0.1), output, FrameRatePolicy.SOURCE);
    assertThatThrownBy(() -> dub(request, ""))
        .hasStackTraceContaining(
            "has about 100.0 frames a second, but must have 10 to 60 for --fps source");
    assertThat(output).doesNotExist();
  }

  @Test
  void syncNetIsRefusedAtOtherRates() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = video(nano, 4, new FrameRate(30, 1));
    Path output = folder.resolve("none.mp4");
    DubRequest plain = request(nano, video, nano.speech(0.1), output, FrameRatePolicy.SOURCE);
    DubRequest judged =
        new DubRequest(
            plain.id(),
            plain.video(),
            plain.audio(),
            plain.output(),
            plain.models(),
            plain.faces(),
            plain.rendering(),
            new SyncOptions(0.2, List.of(), nano.speech(0.1).toString()),
            plain.segmentFrames());
    assertThatThrownBy(() -> dub(judged, ""))
        .hasStackTraceContaining(
            "SyncNet needs 25 frames per second, but --fps source keeps the 30");
    assertThat(output).doesNotExist();
  }

  private static void assertDubbedAtItsRate(
      Summary summary, FrameRate rate, Path video, Path output) {
    int frames = summary.schedule().frames();
    assertThat(summary.frameRate()).isEqualTo(rate);
    assertThat(summary.text()).contains("s at " + rate + " fps)");
    assertThat(summary.synthesisedFrames()).isEqualTo(frames);
    assertThat(stream(output, "v", "avg_frame_rate")).isEqualTo(fraction(rate));
    double pictures = Double.parseDouble(stream(output, "v", "duration"));
    assertThat(pictures).isEqualTo(rate.seconds(frames), within(1e-4));
    // As at 25 fps, the frame is included whose centre lies behind the last row of 20 ms.
    assertThat(pictures - Double.parseDouble(stream(output, "a", "duration")))
        .isBetween(0.0, 0.02 + rate.seconds(2));

    byte[] source = NanoModels.rgb(video);
    byte[] dubbed = NanoModels.rgb(output);
    int frameBytes = 3 * WIDTH * HEIGHT;
    assertThat(dubbed).hasSize(frames * frameBytes);
    for (int frame = 0; frame < frames; frame++) {
      int at = frame * frameBytes;
      int sourceFrame = summary.schedule().source(frame);
      int sourceAt = sourceFrame * frameBytes;
      // This clip's face is between rows 370 and 610. Frames shown for a shorter time get fewer
      // bits.
      assertThat(error(source, sourceAt, dubbed, at, 0, 340)).isLessThan(error(38));
      assertThat(error(source, sourceAt, dubbed, at, 640, PATTERN_ROW)).isLessThan(error(38));
      assertThat(error(source, sourceAt, dubbed, at, 500, 580)).isGreaterThan(error(30));
      double here = error(source, sourceAt, dubbed, at, PATTERN_ROW, HEIGHT);
      if (sourceFrame > 0) {
        assertThat(error(source, sourceAt - frameBytes, dubbed, at, PATTERN_ROW, HEIGHT))
            .as("frame %d is the source's", frame)
            .isGreaterThan(2 * here);
      }
    }
  }

  /** Mean squared difference. */
  private static double error(
      byte[] a, int aOffset, byte[] b, int bOffset, int firstRow, int endRow) {
    int start = 3 * WIDTH * firstRow;
    int length = 3 * WIDTH * (endRow - firstRow);
    return Distances.meanSquare(a, aOffset + start, b, bOffset + start, length);
  }

  /** The mean squared difference that a PSNR in dB stands for. */
  private static double error(int psnr) {
    return 255 * 255 / Math.pow(10, psnr / 10.0);
  }

  private static String stream(Path file, String type, String entry) {
    return FfmpegProgram.ffprobe(
        "-select_streams",
        type,
        "-show_entries",
        "stream=" + entry,
        "-of",
        "csv=p=0",
        file.toString());
  }

  private static String fraction(FrameRate rate) {
    return rate.numerator() + "/" + rate.denominator();
  }

  /** A head at a rate of our choice. */
  private Path video(NanoModels nano, int frames, FrameRate rate) {
    Path video = folder.resolve("head.mp4");
    FfmpegProgram.ffmpeg(
        "-r",
        fraction(rate),
        "-i",
        nano.video(frames).toString(),
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=%dx%d:rate=%s".formatted(WIDTH, HEIGHT - PATTERN_ROW, fraction(rate)),
        "-filter_complex",
        "[0][1]overlay=0:%d:shortest=1".formatted(PATTERN_ROW),
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "12",
        video.toString());
    return video;
  }

  private static DubRequest request(
      NanoModels nano, Path video, Path audio, Path output, FrameRatePolicy fps)
      throws IOException {
    return new DubRequest(
        output.getFileName().toString(),
        new Location(video.toString()),
        new Location(audio.toString()),
        new Location(output.toString()),
        nano.bundle(),
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1247, 1, 1)
            .with(new RenderOptions.Timeline(fps, LengthPolicy.BOUNCE, KeptRanges.NONE)),
        16);
  }

  private List<Summary> dub(DubRequest request, String partitions)
      throws IOException, InterruptedException {
    return dub(List.of(request), partitions);
  }

  private List<Summary> dub(List<DubRequest> requests, String partitions)
      throws IOException, InterruptedException {
    SparkConf conf =
        new SparkConf().setAppName("test").setMaster("local[2]").set("spark.ui.enabled", "false");
    if (!partitions.isEmpty()) {
      conf.set("spark.default.parallelism", partitions);
    }
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      List<Outcome> outcomes =
          new Batch(
                  spark,
                  progress,
                  Results.fresh(Optional.empty(), spark.hadoopConfiguration()),
                  false)
              .dub(requests, any -> new Location(folder.toString()));
      for (Outcome outcome : outcomes) {
        if (outcome instanceof Outcome.Failed failed) {
          throw new IOException("failed", failed.cause());
        }
      }
      return outcomes.stream().map(outcome -> ((Outcome.Done) outcome).summary()).toList();
    }
  }
}
