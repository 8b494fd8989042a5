package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.job.testing.Submission;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that leave a standalone cluster of four workers, or cannot work: the output is that of an
 * undisturbed run, and little is rendered twice.
 */
final class LostNodesIT {
  private static final int WORKERS = 4;
  private static final int SEGMENTS = 7;

  @TempDir static Path folder;
  private static NanoModels nano;
  private static Path video;
  private static Path speech;
  private static byte[] undisturbed;
  private static StandaloneCluster cluster;

  @TempDir Path outputs;

  @BeforeAll
  static void startCluster() throws Exception {
    nano = new NanoModels(folder);
    video = nano.video(8);
    // 4 s of speech give 102 frames: seven segments.
    speech = nano.speech(4);
    Path local = folder.resolve("undisturbed.mp4");
    assertThat(DubCommand.run(arguments(local).toArray(String[]::new))).isZero();
    undisturbed = Files.readAllBytes(local);
    cluster = new StandaloneCluster(Files.createDirectory(folder.resolve("cluster")), WORKERS);
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static List<String> arguments(Path output) throws IOException {
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.addAll(rendering());
    arguments.add("--video_path=" + video);
    arguments.add("--audio_path=" + speech);
    arguments.add("--video_out_path=" + output);
    return arguments;
  }

  private static List<String> rendering() {
    return List.of("--inference_steps=4", "--segment_frames=16");
  }

  /** The number of segments that executors have rendered so far. */
  private static long rendered() throws IOException {
    return cluster
        .executorOutput()
        .lines()
        .filter(line -> line.contains("frames rendered"))
        .count();
  }

  private static void isRight(Submission run, Path output) throws Exception {
    assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
    assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
  }

  @Test
  void aWorkerThatIsAskedToLeaveFinishesItsSegmentsAndNothingIsRenderedTwice() throws Exception {
    Path output = outputs.resolve("dubbed.mp4");
    long before = rendered();
    Submission run =
        cluster.submit(List.of("--conf", "spark.decommission.enabled=true"), arguments(output));
    ProcessHandle leaving = cluster.awaitRendering(2).get(0);
    Process worker = cluster.decommissionWorkerOf(leaving);
    cluster.awaitWorkers(WORKERS - 1);
    isRight(run, output);
    assertThat(rendered() - before).isEqualTo(SEGMENTS);
    cluster.awaitNoExecutors();
    cluster.killWorker(worker);
    cluster.addWorker();
    cluster.awaitWorkers(WORKERS);
  }

  @Test
  void theLossOfHalfOfTheWorkersAtOnceCostsAtMostOneSegmentForEachOfTheirCores() throws Exception {
    Path output = outputs.resolve("dubbed.mp4");
    long before = rendered();
    Submission run = cluster.submit(List.of(), arguments(output));
    List<ProcessHandle> lost = cluster.awaitRendering(WORKERS / 2).subList(0, WORKERS / 2);
    lost.forEach(cluster::killWorkerOf);
    lost.forEach(ProcessHandle::destroyForcibly);
    isRight(run, output);
    assertThat(rendered() - before).isBetween((long) SEGMENTS, (long) SEGMENTS + WORKERS / 2);
    cluster.awaitNoExecutors();
    for (int i = 0; i < WORKERS / 2; i++) {
      cluster.addWorker();
    }
    cluster.awaitWorkers(WORKERS);
  }

  /** The files are on HDFS, because a full disk that all workers share ends the run. */
  @Test
  void aWorkerWithAFullDiskIsAvoidedAndNamedIfItsFailureEndsTheRun() throws Exception {
    Path disk = Files.createDirectory(outputs.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString()) == 0,
        "skipped: a small disk cannot be mounted here");
    try (MiniHdfs hdfs = new MiniHdfs(outputs)) {
      Process full =
          cluster.addWorker(
              Map.of("JAVA_TOOL_OPTIONS", StandaloneCluster.QUICK + " -Djava.io.tmpdir=" + disk));
      cluster.awaitWorkers(WORKERS + 1);
      List<String> arguments = onHdfs(hdfs);
      Submission run = cluster.submit(List.of(), arguments);
      assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
      assertThat(
              Files.readAllBytes(hdfs.at("/out/dubbed.mp4").fetch(hdfs.configuration(), outputs)))
          .isEqualTo(undisturbed);
      assertThat(cluster.executorOutput()).contains("No space left on device");
      cluster.awaitNoExecutors();

      Submission once = cluster.submit(List.of("--conf", "spark.task.maxFailures=1"), arguments);
      assertThat(once.exitCode()).as("exit code; %s", once.output()).isEqualTo(1);
      assertThat(once.output())
          .containsPattern(
              "(?m)^dub: node 127\\.0\\.0\\.\\d+: .*No space left on device; (the node's temporary"
                  + " folder is %s|Spark's folders on this node are set by spark.local.dir)"
                      .formatted(Pattern.quote(disk.toString())));
      cluster.awaitNoExecutors();
      cluster.killWorker(full);
      cluster.awaitWorkers(WORKERS);
    } finally {
      assertThat(run("umount", "-l", disk.toString())).isZero();
    }
  }

  private static List<String> onHdfs(MiniHdfs hdfs) throws IOException {
    ModelBundle models = nano.bundle();
    List<String> arguments =
        new ArrayList<>(
            NanoModels.options(
                new ModelBundle(
                    hdfs.upload(Path.of(models.unetConfig()), "/models/unet.yaml").name(),
                    hdfs.upload(Path.of(models.unet()), "/models/unet.pt").name(),
                    hdfs.upload(Path.of(models.vae()), "/models/vae").name(),
                    hdfs.upload(Path.of(models.whisper()), "/models/whisper.pt").name(),
                    "")));
    arguments.addAll(rendering());
    arguments.add("--video_path=" + hdfs.upload(video, "/in/video.mp4"));
    arguments.add("--audio_path=" + hdfs.upload(speech, "/in/speech.m4a"));
    arguments.add("--video_out_path=" + hdfs.at("/out/dubbed.mp4"));
    return arguments;
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
