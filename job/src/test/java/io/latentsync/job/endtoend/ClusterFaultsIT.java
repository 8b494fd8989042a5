package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.job.testing.FailingGpu;
import io.latentsync.job.testing.LittleMemory;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.job.testing.Submission;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.Distances;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults on a real standalone cluster: whichever process ends during its work, the output equals
 * that of an undisturbed run, or there is no output and the user gets the reason.
 */
final class ClusterFaultsIT {
  private static final int SEGMENTS = 4;

  /** The line of the summary of a run that has detected faces. */
  private static final String ANALYSIS_TIME = "(?m)^analyse +[0-9.]+ s$";

  @TempDir static Path folder;
  private static Map<String, String> options;
  private static byte[] undisturbed;
  private static StandaloneCluster cluster;

  @TempDir Path outputs;
  private Path output;

  @BeforeAll
  static void startCluster() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    options = new TreeMap<>();
    options.put("--video_path", nano.video(8).toString());
    // 2.4 s of speech give 120 rows of features and so 62 frames: four segments.
    options.put("--audio_path", nano.speech(2.4).toString());
    options.put("--unet_config_path", models.unetConfig());
    options.put("--inference_ckpt_path", models.unet());
    options.put("--vae_path", models.vae());
    options.put("--whisper_path", models.whisper());
    options.put("--inference_steps", "2");
    options.put("--segment_frames", "16");
    Path local = folder.resolve("undisturbed.mp4");
    assertThat(DubCommand.run(arguments(local).toArray(String[]::new))).isZero();
    undisturbed = Files.readAllBytes(local);
    cluster = new StandaloneCluster(Files.createDirectory(folder.resolve("cluster")), 2);
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static List<String> arguments(Path output, String... more) {
    return arguments(options, output, more);
  }

  private static List<String> arguments(Map<String, String> options, Path output, String... more) {
    List<String> arguments = new ArrayList<>();
    options.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    arguments.addAll(List.of("--video_out_path", output.toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** A staging folder of another run in the output's folder. */
  private Path foreignSegment() {
    return outputs.resolve(".latentsync-0123456789abcdef").resolve("segment-00000000.mp4");
  }

  @BeforeEach
  void anotherRunHasBeenHere() throws IOException {
    output = outputs.resolve("dubbed.mp4");
    Files.createDirectory(foreignSegment().getParent());
    Files.writeString(foreignSegment(), "another run's");
  }

  @AfterEach
  void noExecutorIsLeft() {
    cluster.awaitNoExecutors();
  }

  /** Asserts exit code 0, the right output and no other files. */
  private void isRight(Submission run, byte[] right) throws Exception {
    assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
    assertThat(Files.readAllBytes(output)).isEqualTo(right);
    assertThat(foreignSegment()).hasContent("another run's");
  }

  private void nothingElseIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(outputs)) {
      assertThat(left)
          .containsExactlyInAnyOrder(
              output,
              output.resolveSibling("dubbed.mp4.provenance.json"),
              foreignSegment().getParent());
    }
  }

  /** The staging folder of this run. */
  private Path staging() throws IOException {
    try (Stream<Path> files = Files.list(outputs)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(".latentsync-"))
          .filter(Files::isDirectory)
          .filter(file -> !file.equals(foreignSegment().getParent()))
          .filter(file -> !file.endsWith(SegmentCache.HIDDEN))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The files of the finished segments, with values that differ for a rewritten file. */
  private Map<String, String> finished() throws IOException {
    Map<String, String> states = new TreeMap<>();
    try (Stream<Path> files = Files.list(staging())) {
      for (Path metrics :
          files.filter(file -> file.toString().matches(".*/segment-[0-9]+\\.avro")).toList()) {
        for (Path file : List.of(metrics, Path.of(metrics.toString().replace(".avro", ".mp4")))) {
          BasicFileAttributes state = Files.readAttributes(file, BasicFileAttributes.class);
          states.put(
              file.getFileName().toString(), state.fileKey() + " " + state.lastModifiedTime());
        }
      }
    }
    return states;
  }

  private void awaitFinishedSegments(int count) {
    await().atMost(StandaloneCluster.TIMEOUT).until(() -> finished().size() >= 2 * count);
  }

  @Test
  void aSegmentThatIsRenderedTwiceIsInTheOutputOnce() throws Exception {
    // The rendering is long, so that two executors render it at the same time even on a busy
    // machine.
    Map<String, String> longer = new TreeMap<>(options);
    longer.put("--inference_steps", "30");
    Path local = folder.resolve("longer.mp4");
    assertThat(DubCommand.run(arguments(longer, local).toArray(String[]::new))).isZero();
    Submission run =
        cluster.submit(
            List.of(
                "--conf",
                "spark.speculation=true",
                "--conf",
                "spark.speculation.interval=100ms",
                "--conf",
                "spark.speculation.quantile=0.25",
                "--conf",
                "spark.speculation.multiplier=1.1",
                "--conf",
                "spark.speculation.efficiency.enabled=false"),
            arguments(longer, output));
    // When both render, neither needs the other, so one of them is halted.
    String halted = String.valueOf(cluster.awaitRendering(2).get(0).pid());
    signal("STOP", halted);
    awaitFinishedSegments(SEGMENTS);
    signal("CONT", halted);
    isRight(run, Files.readAllBytes(local));
    assertThat(run.output()).as("times of the stages").containsPattern(ANALYSIS_TIME);
    nothingElseIsLeft();
  }

  private static void signal(String signal, String process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, process).inheritIO().start().waitFor())
        .isZero();
  }

  @Test
  void finishedSegmentsOfKilledExecutorsWorkersAndDriversAreNotRenderedAgain() throws Exception {
    Submission killed = cluster.submit(List.of(), arguments(output, "--keep_staging"));
    cluster.awaitRendering(2).get(0).destroyForcibly();
    awaitFinishedSegments(1);
    killed.process().destroyForcibly();
    cluster.awaitNoExecutors();
    assertThat(output).doesNotExist();
    Map<String, String> before = finished();
    assertThat(before).hasSizeBetween(2, 2 * SEGMENTS - 2);

    Submission resumed = cluster.submit(List.of(), arguments(output, "--keep_staging"));
    cluster.killWorkerOf(cluster.awaitRendering(1).get(0));
    isRight(resumed, undisturbed);
    assertThat(resumed.output()).as("times of the stages").doesNotContainPattern(ANALYSIS_TIME);
    assertThat(finished()).containsAllEntriesOf(before).hasSize(2 * SEGMENTS);
    cluster.addWorker();
    cluster.awaitWorkers(2);
  }

  @Test
  void anExecutorThatIsToldToStopEndsWithoutACrash() throws Exception {
    Submission run = cluster.submit(List.of(), arguments(output));
    signal("TERM", String.valueOf(cluster.awaitRendering(1).get(0).pid()));
    isRight(run, undisturbed);
    assertThat(cluster.executorOutput()).doesNotContain("SIGSEGV", "SIGABRT", "hs_err");
    nothingElseIsLeft();
  }

  @Test
  void executorsLogTheirSegmentsInTheJobsPatternWithTheNameOfTheRequest() throws Exception {
    isRight(cluster.submit(List.of(), arguments(output)), undisturbed);
    String request = Path.of(options.get("--video_path")).getFileName().toString();
    assertThat(cluster.executorOutput())
        .containsPattern(
            "(?m)^\\d\\d:\\d\\d:\\d\\d INFO  Synthesise: 1[0-9] frames rendered in [0-9.E-]+ s"
                + " \\[%s frames \\d+\\+1[0-9]\\]$".formatted(Pattern.quote(request)));
  }

  /** Spark tries tasks that fail several times. */
  @Test
  void aVideoThatCannotBeReadFailsAtTheFirstAttempt() throws Exception {
    Map<String, String> changed = new TreeMap<>(options);
    Path text = Files.writeString(outputs.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    changed.put("--video_path", text.toString());
    Path events = Files.createDirectory(outputs.resolve("events"));
    Submission run =
        cluster.submit(
            List.of(
                "--conf",
                "spark.eventLog.enabled=true",
                "--conf",
                "spark.eventLog.dir=" + events.toUri(),
                "--conf",
                "spark.eventLog.compress=false"),
            arguments(changed, output));
    assertThat(run.exitCode()).as("exit code; %s", run.output()).isEqualTo(2);
    assertThat(run.output().lines().filter(line -> line.startsWith("dub: ")))
        .singleElement()
        .asString()
        .startsWith("dub: --video_path " + text + ": ");
    List<String> tasks = new ArrayList<>();
    try (Stream<Path> files = Files.walk(events)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.readAllLines(file).stream()
            .filter(line -> line.contains("\"Event\":\"SparkListenerTaskEnd\""))
            .forEach(tasks::add);
      }
    }
    assertThat(tasks).as("attempts of all tasks").hasSize(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void aLossOfExecutorsThatEndsTheJobIsExplained() throws Exception {
    Submission run =
        cluster.submit(List.of("--conf", "spark.task.maxFailures=1"), arguments(output));
    cluster.awaitRendering(1).get(0).destroyForcibly();
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output()).contains("dub: an executor was lost", "spark.executor.memoryOverhead");
    assertThat(output).doesNotExist();
  }

  @Test
  void theGpuThatSparkAssignsToASegmentIsTheOneThatIsUsed() throws Exception {
    Submission run =
        cluster.submit(
            List.of("--conf", "spark.executor.resource.gpu.amount=1"),
            arguments(output, "--tasks_per_gpu", "2"));
    assertThat(run.exitCode()).isEqualTo(2);
    // The workers declare a GPU, but the natives of this build have no support for GPUs.
    assertThat(run.output()).contains("dub: --device is auto, which is GPU 0 here");
    assertThat(output).doesNotExist();
  }

  @Test
  void anExecutorWhoseGpuHasFailedEndsAndAnotherOneGoesOn() throws Exception {
    Path marker = outputs.resolve("failed");
    Submission run = cluster.submit(List.of("--conf", failingGpu(marker)), arguments(output));
    isRight(run, undisturbed);
    assertThat(cluster.executorOutput()).contains("a GPU failed (" + FailingGpu.FAULT + ")");
    assertThat(ProcessHandle.of(Long.parseLong(Files.readString(marker)))).isEmpty();
    Files.delete(marker);
    nothingElseIsLeft();
  }

  @Test
  void aGpuThatFailsInTheLastAttemptIsExplained() throws Exception {
    Submission run =
        cluster.submit(
            List.of(
                "--conf",
                failingGpu(outputs.resolve("failed")),
                "--conf",
                "spark.task.maxFailures=1"),
            arguments(output));
    assertThat(run.exitCode()).isEqualTo(1);
    // Spark sends the executor the next task at once, and reports either of the failures first.
    assertThat(run.output().lines().filter(line -> line.startsWith("dub: ")))
        .singleElement()
        .isIn(
            "dub: a GPU failed (%s); the driver's messages on that node (dmesg, nvidia-smi) say more"
                .formatted(FailingGpu.FAULT),
            "dub: an executor was ending when its next task arrived; its log has the reason, such"
                + " as a GPU that failed");
    assertThat(output).doesNotExist();
  }

  private static String failingGpu(Path marker) throws IOException {
    return "spark.executor.extraJavaOptions="
        + FailingGpu.option(folder.resolve("failing-gpu.jar"), marker);
  }

  @Test
  void aBatchThatExceedsMemoryIsRenderedInHalves() throws Exception {
    Map<String, String> changed = withFacesOf(128);
    changed.put("--audio_path", new NanoModels(outputs).speech(2.5).toString());
    // Four chunks, each with and without speech, need more memory than the executors may allocate;
    // one chunk needs a quarter.
    changed.put("--guidance_scale", "1.5");
    changed.put("--segment_frames", "64");
    Path single = outputs.resolve("one by one.mp4");
    assertThat(DubCommand.run(arguments(changed, single).toArray(String[]::new))).isZero();

    Submission run =
        cluster.submit(littleMemory(208), arguments(changed, output, "--batch_size", "4"));
    assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
    assertThat(cluster.executorOutput())
        .contains("not enough memory for 4 chunks per call; retrying with half as many");
    assertThat(VideoProbe.of(output).frames()).isEqualTo(VideoProbe.of(single).frames());
    // Calls of another batch size round differently; nothing else may differ.
    assertThat(Distances.psnr(NanoModels.rgb(output), NanoModels.rgb(single))).isGreaterThan(45);
    assertThat(foreignSegment()).hasContent("another run's");
  }

  @Test
  void aSingleChunkThatExceedsMemoryIsAnErrorWithARemedy() throws Exception {
    // The pictures of one chunk have 50 MB.
    List<String> submitOptions = new ArrayList<>(littleMemory(32));
    submitOptions.addAll(List.of("--conf", "spark.task.maxFailures=2"));
    Submission run = cluster.submit(submitOptions, arguments(withFacesOf(512), output));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output().lines().filter(line -> line.startsWith("dub: ")))
        .containsExactly("dub: " + NativeMemoryException.TEXT);
    assertThat(output).doesNotExist();
    assertThat(foreignSegment()).hasContent("another run's");
  }

  /** Submit options of a run whose executors may grow by so much memory when they begin to dub. */
  private static List<String> littleMemory(int mebibytes) throws Exception {
    try {
      assertThat(new ProcessBuilder("prlimit", "--version").start().waitFor()).isZero();
    } catch (IOException e) {
      Assumptions.abort("skipped: there is no prlimit (util-linux) to limit executors with: " + e);
    }
    return List.of(
        "--conf",
        "spark.executor.extraJavaOptions="
            + LittleMemory.option(folder.resolve("little-memory.jar"), mebibytes),
        // One arena, because the C library reserves 64 MiB for each.
        "--conf",
        "spark.executorEnv.MALLOC_ARENA_MAX=1");
  }

  /** A small picture with larger faces, so that the networks need more memory than the encoder. */
  private Map<String, String> withFacesOf(int resolution) throws IOException {
    Path small = outputs.resolve("small.mp4");
    FfmpegProgram.ffmpeg(
        "-i", options.get("--video_path"), "-vf", "scale=240:426", "-crf", "12", small.toString());
    String model = Files.readString(Path.of(options.get("--unet_config_path")));
    String side = "\"resolution\":";
    assertThat(model).contains(side + NanoModels.RESOLUTION);
    Path config = outputs.resolve("larger.yaml");
    Files.writeString(config, model.replace(side + NanoModels.RESOLUTION, side + resolution));
    Map<String, String> changed = new TreeMap<>(options);
    changed.put("--video_path", small.toString());
    changed.put("--unet_config_path", config.toString());
    return changed;
  }

  @Test
  void aDeletedInputIsReportedAndThereIsNoOutput() throws Exception {
    Path video =
        Files.copy(Path.of(options.get("--video_path")), folder.resolve("is going to vanish.mp4"));
    Map<String, String> changed = new TreeMap<>(options);
    changed.put("--video_path", video.toString());
    Submission run = cluster.submit(List.of(), arguments(changed, output));
    cluster.awaitRendering(1);
    Files.delete(video);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.output()).contains("dub: --video_path " + video + ": no such file or folder");
    assertThat(output).doesNotExist();
  }
}
