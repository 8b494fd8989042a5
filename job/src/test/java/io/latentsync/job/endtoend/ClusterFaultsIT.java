package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.LittleMemory;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.media.VideoProbe;
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
 * Faults on a real standalone cluster: whatever ends in the middle of its work, the output is the
 * one of an undisturbed run, or there is none and the user gets the reason.
 */
final class ClusterFaultsIT {
  private static final int SEGMENTS = 4;

  /** In the summary, of a run that has looked for faces. */
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
    // 2.4 s of speech are 120 rows of features, which ask for 62 frames: four segments.
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

  /** The staging that another run has left in the folder of the outputs. */
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

  /** Ended well, with the right output and no other files. */
  private void isRight(StandaloneCluster.Submission run, byte[] right) throws Exception {
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isZero();
    assertThat(Files.readAllBytes(output)).isEqualTo(right);
    assertThat(foreignSegment()).hasContent("another run's");
  }

  private void nothingElseIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(outputs)) {
      assertThat(left).containsExactlyInAnyOrder(output, foreignSegment().getParent());
    }
  }

  /** The folder that this run has made for its parts. */
  private Path staging() throws IOException {
    try (Stream<Path> files = Files.list(outputs)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(".latentsync-"))
          .filter(file -> !file.equals(foreignSegment().getParent()))
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
    await().atMost(StandaloneCluster.PATIENCE).until(() -> finished().size() >= 2 * count);
  }

  @Test
  void aSegmentThatIsRenderedTwiceIsInTheOutputOnce() throws Exception {
    // So long a rendering that a crowded machine, too, shows two executors at it at one moment.
    Map<String, String> longer = new TreeMap<>(options);
    longer.put("--inference_steps", "30");
    Path local = folder.resolve("longer.mp4");
    assertThat(DubCommand.run(arguments(longer, local).toArray(String[]::new))).isZero();
    StandaloneCluster.Submission run =
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
    // Once both are at it neither needs anything of the other, which is halted then.
    String halted = String.valueOf(cluster.awaitRendering(2).get(0).pid());
    signal("STOP", halted);
    awaitFinishedSegments(SEGMENTS);
    signal("CONT", halted);
    isRight(run, Files.readAllBytes(local));
    assertThat(run.said()).as("times of the stages").containsPattern(ANALYSIS_TIME);
    nothingElseIsLeft();
  }

  private static void signal(String signal, String process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, process).inheritIO().start().waitFor())
        .isZero();
  }

  @Test
  void finishedSegmentsOfKilledExecutorsWorkersAndDriversAreNotRenderedAgain() throws Exception {
    StandaloneCluster.Submission killed =
        cluster.submit(List.of(), arguments(output, "--keep_staging"));
    cluster.awaitRendering(2).get(0).destroyForcibly();
    awaitFinishedSegments(1);
    killed.driver().destroyForcibly();
    cluster.awaitNoExecutors();
    assertThat(output).doesNotExist();
    Map<String, String> before = finished();
    assertThat(before).hasSizeBetween(2, 2 * SEGMENTS - 2);

    StandaloneCluster.Submission resumed =
        cluster.submit(List.of(), arguments(output, "--keep_staging"));
    cluster.killWorkerOf(cluster.awaitRendering(1).get(0));
    isRight(resumed, undisturbed);
    assertThat(resumed.said()).as("times of the stages").doesNotContainPattern(ANALYSIS_TIME);
    assertThat(finished()).containsAllEntriesOf(before).hasSize(2 * SEGMENTS);
    cluster.addWorker();
    cluster.awaitWorkers(2);
  }

  @Test
  void anExecutorThatIsToldToStopEndsWithoutACrash() throws Exception {
    StandaloneCluster.Submission run = cluster.submit(List.of(), arguments(output));
    signal("TERM", String.valueOf(cluster.awaitRendering(1).get(0).pid()));
    isRight(run, undisturbed);
    assertThat(cluster.executorsSaid()).doesNotContain("SIGSEGV", "SIGABRT", "hs_err");
    nothingElseIsLeft();
  }

  @Test
  void executorsLogTheirSegmentsInTheJobsPatternWithTheNameOfTheRequest() throws Exception {
    isRight(cluster.submit(List.of(), arguments(output)), undisturbed);
    String request = Path.of(options.get("--video_path")).getFileName().toString();
    assertThat(cluster.executorsSaid())
        .containsPattern(
            "(?m)^\\d\\d:\\d\\d:\\d\\d INFO  Synthesise: 1[0-9] frames rendered in [0-9.E-]+ s"
                + " \\[%s frames \\d+\\+1[0-9]\\]$".formatted(Pattern.quote(request)));
  }

  /** Spark tries tasks that fail four times. */
  @Test
  void aVideoThatCannotBeReadFailsAtTheFirstAttempt() throws Exception {
    Map<String, String> changed = new TreeMap<>(options);
    Path text = Files.writeString(outputs.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    changed.put("--video_path", text.toString());
    Path events = Files.createDirectory(outputs.resolve("events"));
    StandaloneCluster.Submission run =
        cluster.submit(
            List.of(
                "--conf",
                "spark.eventLog.enabled=true",
                "--conf",
                "spark.eventLog.dir=" + events.toUri(),
                "--conf",
                "spark.eventLog.compress=false"),
            arguments(changed, output));
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isEqualTo(2);
    assertThat(run.said().lines().filter(line -> line.startsWith("dub: ")))
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
    StandaloneCluster.Submission run =
        cluster.submit(List.of("--conf", "spark.task.maxFailures=1"), arguments(output));
    cluster.awaitRendering(1).get(0).destroyForcibly();
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.said()).contains("dub: an executor was lost", "spark.executor.memoryOverhead");
    assertThat(output).doesNotExist();
  }

  @Test
  void theGpuThatSparkAssignsToASegmentIsTheOneThatIsUsed() throws Exception {
    StandaloneCluster.Submission run =
        cluster.submit(
            List.of("--conf", "spark.executor.resource.gpu.amount=1"),
            arguments(output, "--tasks_per_gpu", "2"));
    assertThat(run.exitCode()).isEqualTo(2);
    // The workers say that they have a GPU, but the natives of this build know none.
    assertThat(run.said()).contains("dub: --device is auto, which is GPU 0 here");
    assertThat(output).doesNotExist();
  }

  @Test
  void aBatchThatExceedsMemoryIsRenderedInHalves() throws Exception {
    Map<String, String> changed = withFacesOf(128);
    changed.put("--audio_path", new NanoModels(outputs).speech(2.5).toString());
    // Four chunks, each with and without speech, want more than the executors may grow by; one
    // wants a quarter.
    changed.put("--guidance_scale", "1.5");
    changed.put("--segment_frames", "64");
    Path single = outputs.resolve("one by one.mp4");
    assertThat(DubCommand.run(arguments(changed, single).toArray(String[]::new))).isZero();

    StandaloneCluster.Submission run =
        cluster.submit(littleMemory(176), arguments(changed, output, "--batch_size", "4"));
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isZero();
    assertThat(cluster.executorsSaid())
        .contains("memory does not suffice for 4 chunks at once, half as many are tried");
    assertThat(VideoProbe.of(output).frames()).isEqualTo(VideoProbe.of(single).frames());
    // Calls of another size round otherwise; nothing else may differ.
    assertThat(Distances.psnr(NanoModels.rgb(output), NanoModels.rgb(single))).isGreaterThan(45);
    assertThat(foreignSegment()).hasContent("another run's");
  }

  @Test
  void aSingleChunkThatExceedsMemoryIsAnErrorWithARemedy() throws Exception {
    // The pictures of a chunk alone are 50 MB.
    List<String> submitOptions = new ArrayList<>(littleMemory(32));
    submitOptions.addAll(List.of("--conf", "spark.task.maxFailures=2"));
    StandaloneCluster.Submission run =
        cluster.submit(submitOptions, arguments(withFacesOf(512), output));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.said().lines().filter(line -> line.startsWith("dub: ")))
        .containsExactly("dub: " + NativeMemoryException.TEXT);
    assertThat(output).doesNotExist();
    assertThat(foreignSegment()).hasContent("another run's");
  }

  /** What a run is submitted with whose executors may grow by so much when they begin to dub. */
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
        // The C library reserves 64 MiB for each of its arenas: not now and then.
        "--conf",
        "spark.executorEnv.MALLOC_ARENA_MAX=1");
  }

  /** A small picture, so that the networks want more memory than the encoder, and larger faces. */
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
    StandaloneCluster.Submission run = cluster.submit(List.of(), arguments(changed, output));
    cluster.awaitRendering(1);
    Files.delete(video);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.said()).contains("dub: --video_path " + video + ": no such file or folder");
    assertThat(output).doesNotExist();
  }
}
