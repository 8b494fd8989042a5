package io.latentsync.job.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.cli.UserCommand;
import io.latentsync.job.cli.arguments.RenderArguments;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.Summary;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.testing.Distances;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The job from the inputs to the mp4, on real Spark in local mode. */
@Tag("slow")
final class DubJobTest {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 1280;

  @TempDir Path folder;

  @Test
  void outputIsTheSameForAnyNumberOfPartitionsAndThreads() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(20);
    Path audio = nano.speech(2.0);
    Map<String, String> hashes = new HashMap<>();
    Set<List<Float>> openings = new HashSet<>();
    for (String[] run :
        new String[][] {
          {"local[2]", "1"},
          {"local[2]", "2"},
          {"local[2]", "3"},
          {"local[2]", "7"},
          {"local[1]", ""}
        }) {
      Path output = folder.resolve("dubbed " + run[0] + run[1] + ".mp4");
      Summary summary = dub(request(nano, video, audio, output), run[0], run[1]);
      assertThat(summary.schedule().frames()).isEqualTo(52);
      assertThat(summary.segments()).hasSize(4);
      assertThat(summary.text()).containsPattern("(?m)^sync +\\S");
      openings.add(
          Summary.metrics(summary.segments()).stream()
              .flatMap(segment -> segment.getOpenings().stream())
              .toList());
      hashes.put(run[0] + " " + run[1], DigestUtils.sha256Hex(NanoModels.rgb(output)));
    }
    assertThat(hashes.values())
        .as("hash of decoded frames by run %s", hashes)
        .containsOnly(hashes.get("local[1] "));
    assertThat(openings).as("openings of the mouth by frame").hasSize(1);
    assertThat(openings.iterator().next()).hasSize(MediaPipeFaceDetector.available() ? 52 : 0);
  }

  @Test
  void aVideoWithACutIsTheSameForAnyNumberOfPartitions() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.cutVideo(21, 30);
    Path audio = nano.speech(1.2);
    Set<String> hashes = new HashSet<>();
    for (String partitions : List.of("", "1", "5")) {
      Path output = folder.resolve("dubbed" + partitions + ".mp4");
      Summary summary = dub(request(nano, video, audio, output), "local[2]", partitions);
      assertThat(summary.schedule().shots().cuts()).containsExactly(21);
      assertThat(summary.text()).contains("shots        2, cut at 0.84 s of the video\n");
      // Chunks of 16, 5 and 11 frames.
      assertThat(Summary.metrics(summary.segments()))
          .extracting(SegmentMetrics::getFirstFrame)
          .containsExactly(0, 16);
      assertThat(summary.synthesisedFrames()).isEqualTo(32);
      hashes.add(DigestUtils.sha256Hex(Files.readAllBytes(output)));
    }
    assertThat(hashes).hasSize(1);
  }

  @Test
  void onlyTheMouthRegionDiffersFromTheSource() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(20);
    Path output = folder.resolve("dubbed.mp4");
    Summary summary = dub(request(nano, video, nano.speech(2.0), output), "local[2]", "");
    assertThat(summary.synthesisedFrames()).isEqualTo(52);

    byte[] source = NanoModels.rgb(video);
    byte[] dubbed = NanoModels.rgb(output);
    int frameBytes = 3 * WIDTH * HEIGHT;
    assertThat(dubbed).hasSize(52 * frameBytes);
    for (int frame = 0; frame < 52; frame++) {
      int sourceFrame = summary.schedule().source(frame);
      // The face is between rows 370 and 610 in all frames of this clip.
      for (int[] rows : new int[][] {{0, 340}, {640, HEIGHT}}) {
        assertThat(
                psnr(
                    source, sourceFrame * frameBytes, dubbed, frame * frameBytes, rows[0], rows[1]))
            .as("PSNR of rows %d to %d in frame %d", rows[0], rows[1], frame)
            .isGreaterThan(40);
      }
      assertThat(psnr(source, sourceFrame * frameBytes, dubbed, frame * frameBytes, 500, 580))
          .as("PSNR of the rows of the mouth in frame %d", frame)
          .isLessThan(30);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .as("no staging left")
          .noneMatch(name -> name.startsWith(".latentsync"));
    }
  }

  @Test
  void framesWithoutAFaceArePassedThrough() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path face = nano.video(8);
    Path video = folder.resolve("face, none, face.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        face.toString(),
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=%dx%d:rate=25".formatted(WIDTH, HEIGHT),
        "-filter_complex",
        "[1]trim=end_frame=16,format=yuv420p[none];[0]split[a][b];[a][none][b]concat=n=3",
        "-crf",
        "12",
        video.toString());
    Path output = folder.resolve("dubbed.mp4");
    Summary summary = dub(request(nano, video, nano.speech(1.2), output), "local[2]", "");
    assertThat(summary.schedule().frames()).isEqualTo(32);
    assertThat(summary.synthesisedFrames()).isEqualTo(16);
    byte[] source = NanoModels.rgb(video);
    byte[] dubbed = NanoModels.rgb(output);
    for (int frame = 0; frame < 32; frame++) {
      int at = frame * 3 * WIDTH * HEIGHT;
      if (frame < 8 || frame >= 24) {
        assertThat(psnr(source, at, dubbed, at, 500, 580)).as("mouth %d", frame).isLessThan(30);
      } else {
        assertThat(psnr(source, at, dubbed, at, 0, HEIGHT)).as("frame %d", frame).isGreaterThan(40);
      }
    }
  }

  @Test
  void segmentsOfAFailedRunAreNotRenderedAgain() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path output = folder.resolve("dubbed.mp4");
    DubRequest request = request(nano, nano.video(20), nano.speech(1.2), output);
    // The stitching cannot replace a folder that is not empty.
    Files.createDirectories(output.resolve("in the way"));
    assertThatThrownBy(() -> dub(request, "local[2]", "")).hasStackTraceContaining("dubbed.mp4");
    Path staging;
    try (Stream<Path> files = Files.list(folder)) {
      staging =
          files
              .filter(path -> path.getFileName().toString().startsWith(".latentsync-"))
              .findFirst()
              .orElseThrow();
    }
    Files.delete(output.resolve("in the way"));
    Files.delete(output);

    assertThat(Summary.metrics(dub(request, "local[2]", "").segments()))
        .hasSize(2)
        .allMatch(SegmentMetrics::getReused);
    byte[] resumed = Files.readAllBytes(output);
    assertThat(staging).doesNotExist();

    assertThat(Summary.metrics(dub(request, "local[2]", "").segments()))
        .hasSize(2)
        .noneMatch(SegmentMetrics::getReused);
    assertThat(output).hasBinaryContent(resumed);
  }

  @Test
  void eachRenderingOptionChangesThePicturesAndTheFingerprint() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path video = nano.video(5);
    Path audio = nano.speech(0.1);
    ModelBundle models = nano.bundle();
    Map<String, DubRequest> requests = new LinkedHashMap<>();
    for (String arguments :
        new String[] {
          "",
          "--guidance_scale 1.4",
          "--guidance dynamic",
          "--scheduler dpm++",
          "--temporal_smoothing 0.2",
          "--enable_deepcache",
          "--enable_deepcache --cache_interval 2",
          "--blend seamless"
        }) {
      RenderArguments parsed = new RenderArguments();
      String all = "--inference_steps 4 --guidance_scale 1.5 " + arguments;
      UserCommand.parser(new CommandLine(parsed))
          .setOverwrittenOptionsAllowed(true)
          .parseArgs(all.trim().split(" "));
      Path output = folder.resolve("dubbed" + arguments + ".mp4");
      requests.put(
          arguments, request(models, parsed.options(Blend.REFERENCE), video, audio, output));
    }
    ModelBundle coarse =
        new ModelBundle(
            models.unetConfig(),
            models.unet(),
            models.vae(),
            models.whisper(),
            models.mask(),
            Precision.BF16);
    requests.put(
        "bf16",
        request(coarse, requests.get("").rendering(), video, audio, folder.resolve("bf16.mp4")));

    Map<String, String> pictures = new HashMap<>();
    Map<Location, String> stagings = new HashMap<>();
    Location root = new Location(folder.toString());
    try (JavaSparkContext spark = new JavaSparkContext(conf("local[2]"));
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      for (Map.Entry<String, DubRequest> run : requests.entrySet()) {
        DubRequest request = run.getValue();
        assertThat(
                new Batch(
                        spark,
                        progress,
                        Results.fresh(Optional.empty(), spark.hadoopConfiguration()),
                        false)
                    .dub(List.of(request), any -> root))
            .hasOnlyElementsOfType(Outcome.Done.class);
        pictures.put(
            DigestUtils.sha256Hex(NanoModels.rgb(Path.of(request.output().name()))), run.getKey());
        DubRequest sameOutput = request(request.models(), request.rendering(), video, audio, video);
        stagings.put(
            Staging.of(sameOutput, root, spark.hadoopConfiguration()).folder(), run.getKey());
      }
    }
    assertThat(pictures).as("runs by their pictures").hasSameSizeAs(requests);
    assertThat(stagings).as("runs by their stagings").hasSameSizeAs(requests);
  }

  private static double psnr(
      byte[] a, int aOffset, byte[] b, int bOffset, int firstRow, int endRow) {
    int start = 3 * WIDTH * firstRow;
    int length = 3 * WIDTH * (endRow - firstRow);
    return Distances.psnr(a, aOffset + start, b, bOffset + start, length);
  }

  /** A request that takes seconds. */
  private static DubRequest request(NanoModels nano, Path video, Path audio, Path output)
      throws IOException {
    return request(
        nano.bundle(),
        new RenderOptions(new SamplerOptions(2, 1.5, false, Scheduler.Kind.DDIM, 0, 0), 1247, 1, 1),
        video,
        audio,
        output);
  }

  private static DubRequest request(
      ModelBundle models, RenderOptions rendering, Path video, Path audio, Path output) {
    return new DubRequest(
        "talk",
        new Location(video.toString()),
        new Location(audio.toString()),
        new Location(output.toString()),
        models,
        FaceOptions.DEFAULT,
        rendering,
        16);
  }

  private static SparkConf conf(String master) {
    return new SparkConf().setAppName("test").setMaster(master).set("spark.ui.enabled", "false");
  }

  private Summary dub(DubRequest request, String master, String partitions)
      throws IOException, InterruptedException {
    SparkConf conf = conf(master);
    if (!partitions.isEmpty()) {
      conf.set("spark.default.parallelism", partitions);
    }
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      Outcome outcome =
          new Batch(
                  spark,
                  progress,
                  Results.fresh(Optional.empty(), spark.hadoopConfiguration()),
                  false)
              .dub(List.of(request), any -> new Location(folder.toString()))
              .get(0);
      if (outcome instanceof Outcome.Failed failed) {
        throw new IOException("failed", failed.cause());
      }
      return ((Outcome.Done) outcome).summary();
    }
  }
}
