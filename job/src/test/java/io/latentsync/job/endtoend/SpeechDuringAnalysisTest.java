package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.result.Summary;
import io.latentsync.job.run.DubContext;
import io.latentsync.job.run.DubJob;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.spark.StagePools;
import io.latentsync.job.spark.WaitingTimes;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.storage.Location;
import io.latentsync.job.synthesis.Synthesise;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.NanoModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The work that runs during the analysis, on a single core. */
@Tag("slow")
@Timeout(300)
final class SpeechDuringAnalysisTest {
  /** Static, because tasks of this process use them. */
  private static final CountDownLatch CORE_IS_TAKEN = new CountDownLatch(1);

  private static final CountDownLatch CORE_IS_FREE = new CountDownLatch(1);

  @TempDir Path folder;

  /** The stages in the order in which their jobs were submitted. */
  private static final class Submitted extends SparkListener {
    private final List<String> stages = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch analysis = new CountDownLatch(1);

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      String stage = start.properties().getProperty("spark.scheduler.pool", "other");
      stages.add(stage);
      if (stage.equals(Stage.ANALYSE.label())) {
        analysis.countDown();
      }
    }
  }

  @Test
  void facesAndSpeechAreSubmittedTogetherAndOneCoreSuffices() throws Exception {
    SparkConf conf =
        new SparkConf()
            .setAppName("test")
            .setMaster("local[1]")
            .set("spark.ui.enabled", "false")
            .set(Synthesise.WARM_UP, "on");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    Submitted submitted = new Submitted();
    try (JavaSparkContext spark = StagePools.start(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open);
        DubJob job =
            new DubJob(
                new DubContext(
                    spark,
                    progress,
                    new SegmentGroups(1),
                    new WaitingTimes(spark.sc()),
                    RunProfile.OFF),
                request(),
                new Location(folder.toString()))) {
      for (Stage stage : Stage.values()) {
        progress.expect(stage, "talk", 1);
      }
      Plan plan = job.plan();
      spark.sc().addSparkListener(submitted);
      Future<?> other =
          threads.submit(
              () ->
                  spark.parallelize(List.of(1), 1).foreach(SpeechDuringAnalysisTest::takeTheCore));
      assertThat(CORE_IS_TAKEN.await(60, TimeUnit.SECONDS)).isTrue();

      FutureTask<List<AnalysedFrame>> faces = new FutureTask<>(() -> job.analyse(plan));
      Future<Summary> dubbed = threads.submit(() -> job.dub(plan, faces));
      // Nothing is computed yet: a driver that waited for the speech would not get here.
      assertThat(submitted.analysis.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(submitted.stages).containsSequence("speech", "analyse");
      CORE_IS_FREE.countDown();

      Summary summary = dubbed.get();
      other.get();
      assertThat(summary.times().stages())
          .containsOnlyKeys(EnumSet.complementOf(EnumSet.of(Stage.VALIDATE)).toArray(Stage[]::new));
      assertThat(summary.text()).containsPattern("(?m)^speech +\\d+\\.\\d s longer");
      assertThat(summary.text()).containsPattern("(?m)^warm-up +\\d+\\.\\d s");
      job.discardStaging();
    } finally {
      CORE_IS_FREE.countDown();
      threads.shutdownNow();
    }
    assertThat(folder.resolve("dubbed.mp4")).exists();
  }

  private static void takeTheCore(int any) throws InterruptedException {
    CORE_IS_TAKEN.countDown();
    assertThat(CORE_IS_FREE.await(120, TimeUnit.SECONDS)).isTrue();
  }

  private DubRequest request() throws Exception {
    NanoModels nano = new NanoModels(folder);
    return new DubRequest(
        "talk",
        new Location(nano.video(5).toString()),
        new Location(nano.speech(0.5).toString()),
        new Location(folder.resolve("dubbed.mp4").toString()),
        nano.bundle(),
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 7, 1, 1),
        16);
  }
}
