package io.latentsync.job.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.stage.AudioStage;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.Clips;
import io.latentsync.testing.NanoModels;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which segments are rendered again, on real Spark in local mode. */
@Tag("slow")
final class BestAttemptsTest {
  /** A segment that can be scored, and one that is too short. */
  private static final FrameRange LONG = new FrameRange(0, 32);

  private static final FrameRange SHORT = new FrameRange(32, 20);

  @TempDir static Path folder;
  private static JavaSparkContext spark;
  private static NanoModels nano;
  private static Path video;
  private static Path speech;
  private static FaceMatrices matrices;

  private LongAccumulator framesDone;
  private final List<Integer> moreFrames = new ArrayList<>();

  @BeforeAll
  static void startSparkAndFindTheFace() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setAppName("test")
                .setMaster("local[2]")
                .set("spark.ui.enabled", "false"));
    nano = new NanoModels(folder);
    video = Clips.sample("clip1.mp4", folder);
    speech = nano.speech(2.0);
    VideoProbe probe = VideoProbe.of(video);
    List<Optional<FacePoints>> points = new ArrayList<>();
    try (FaceDetector detector = FaceDetectors.open();
        VideoReader reader = VideoReader.open(video, probe)) {
      for (int i = 0; i < LONG.frames() + SHORT.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          points.add(detector.detectLargest(frame.toRgb()).map(DetectedFace::points));
        }
      }
    }
    matrices = FaceMatrices.follow(points, new FaceTemplate(NanoModels.RESOLUTION));
  }

  @AfterAll
  static void stopSpark() {
    spark.close();
  }

  /** Renders into the staging folder with a name. */
  private List<SegmentAttempts> make(String staging, SamplerOptions sampling, SyncOptions sync)
      throws IOException {
    DubRequest request =
        new DubRequest(
            "talk",
            new Location(video.toString()),
            new Location(speech.toString()),
            new Location(folder.resolve("dubbed.mp4").toString()),
            nano.bundle(),
            FaceOptions.DEFAULT,
            new RenderOptions(sampling, 7, 1, 1),
            sync,
            LONG.frames());
    TaskSetup setup =
        new TaskSetup(new SerializableConfiguration(spark.hadoopConfiguration()), RunProfile.OFF);
    Plan plan =
        Plan.of(request, new Staging(new Location(folder.resolve(staging).toString())), setup);
    assertThat(plan.segments()).containsExactly(LONG, SHORT);
    framesDone = spark.sc().longAccumulator();
    return new BestAttempts(
            spark,
            setup,
            new SegmentGroups(2),
            plan,
            AudioStage.run(plan, setup),
            faces(plan, request),
            new SynthesisCounters(framesDone, spark.sc().longAccumulator()))
        .make(moreFrames::add);
  }

  private List<FaceLayers> faces(Plan plan, DubRequest request) {
    return List.of(
        FaceLayers.of(
            new FollowedFace(request.speakers().get(0), 0, matrices, new float[0], List.of()),
            new Loudness(0, new float[0], new BitSet()),
            plan));
  }

  private static SamplerOptions guidance(double scale, boolean dynamic) {
    return new SamplerOptions(2, scale, dynamic, Scheduler.Kind.DDIM, 0, 0);
  }

  private static SyncOptions retry(double minSync, Double... guidance) {
    return new SyncOptions(minSync, List.of(guidance), "");
  }

  private static List<Attempt> attempts(SegmentAttempts segment) {
    return segment.all().stream().map(ScoredAttempt::attempt).toList();
  }

  @Test
  void withoutAMinimumEachSegmentIsRenderedOnce() throws IOException {
    List<SegmentAttempts> segments = make("fixed", guidance(1.5, false), SyncOptions.DEFAULT);
    assertThat(segments)
        .extracting(BestAttemptsTest::attempts)
        .containsExactly(
            List.of(new Attempt(LONG, 1.5, false)), List.of(new Attempt(SHORT, 1.5, false)));
    assertThat(framesDone.value()).isEqualTo(LONG.frames() + SHORT.frames());
    assertThat(moreFrames).isEmpty();
  }

  @Test
  void aSegmentBelowTheMinimumIsRenderedAtEachFurtherGuidanceScale() throws IOException {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    List<SegmentAttempts> segments =
        make("retried", guidance(1.5, false), retry(1, 4.0, 1.5, 20.0));
    assertThat(attempts(segments.get(0)))
        .containsExactly(
            new Attempt(LONG, 1.5, false), new Attempt(LONG, 4, true), new Attempt(LONG, 20, true));
    double best =
        segments.get(0).all().stream()
            .mapToDouble(attempt -> attempt.sync().orElseThrow().correlationInPlace())
            .max()
            .orElseThrow();
    assertThat(segments.get(0).kept().sync().orElseThrow().correlationInPlace()).isEqualTo(best);
    assertThat(attempts(segments.get(1)))
        .as("a segment without a value")
        .containsExactly(new Attempt(SHORT, 1.5, false));
    assertThat(moreFrames).containsExactly(LONG.frames(), LONG.frames());
    assertThat(framesDone.value()).isEqualTo(3L * LONG.frames() + SHORT.frames());

    // With the same staging again, all attempts are reused and the decisions are the same.
    List<SegmentAttempts> again = make("retried", guidance(1.5, false), retry(1, 4.0, 1.5, 20.0));
    assertThat(again)
        .extracting(BestAttemptsTest::attempts)
        .isEqualTo(segments.stream().map(BestAttemptsTest::attempts).toList());
    assertThat(again.get(0).kept().attempt()).isEqualTo(segments.get(0).kept().attempt());
    assertThat(again)
        .flatExtracting(SegmentAttempts::all)
        .allMatch(attempt -> attempt.metrics().getReused());
  }

  @Test
  void dynamicAndFixedGuidanceOfTheSameScaleDiffer() throws IOException {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    List<SegmentAttempts> segments = make("dynamic", guidance(1.5, true), retry(1, 1.5));
    assertThat(attempts(segments.get(0)))
        .containsExactly(new Attempt(LONG, 1.5, false), new Attempt(LONG, 1.5, true));
    assertThat(moreFrames).containsExactly(LONG.frames());
  }

  @Test
  void aSegmentThatReachesTheMinimumIsNotRenderedAgain() throws IOException {
    List<SegmentAttempts> segments = make("fixed", guidance(1.5, false), retry(-1, 4.0));
    assertThat(segments).noneMatch(SegmentAttempts::retried);
    assertThat(moreFrames).isEmpty();
  }
}
