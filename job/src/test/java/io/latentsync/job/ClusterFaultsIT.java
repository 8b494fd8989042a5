package io.latentsync.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.model.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults on a real standalone cluster: whatever ends in the middle of its work, the output is the
 * one of an undisturbed run, or there is none and the user is told why.
 */
@Tag("oracle")
final class ClusterFaultsIT {
  private static final int SEGMENTS = 4;

  /** In the summary, of a run that has looked for faces. */
  private static final String ANALYSIS_TIME = "(?m)^analyse +[0-9.]+ s$";

  @TempDir static Path folder;
  private static Map<String, String> options;
  private static Path shortSpeech;
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
    shortSpeech = Files.move(nano.speech(0.1), folder.resolve("short speech.m4a"));
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

  /** Ended well, with the right output and nothing beside it. */
  private void isRight(StandaloneCluster.Submission run) throws Exception {
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isZero();
    assertThat(Files.readAllBytes(output)).isEqualTo(undisturbed);
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

  /** The files of the finished segments, with what tells a file from one written in its place. */
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

  /**
   * Waits for two executors that render at the same moment: a crowded machine may never show it.
   */
  @Test
  @EnabledIfSystemProperty(
      named = "speculation",
      matches = "true",
      disabledReason = "wants a machine that does nothing else: -Dspeculation=true")
  void aSegmentThatIsRenderedTwiceIsInTheOutputOnce() throws Exception {
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
            arguments(output));
    // Once both are at it neither needs anything of the other, which is halted then.
    String halted = String.valueOf(cluster.awaitRendering(2).get(0).pid());
    signal("STOP", halted);
    awaitFinishedSegments(SEGMENTS);
    signal("CONT", halted);
    isRight(run);
    assertThat(run.said()).as("times of the stages").containsPattern(ANALYSIS_TIME);
    nothingElseIsLeft();
  }

  private static void signal(String signal, String process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, process).inheritIO().start().waitFor())
        .isZero();
  }

  @Test
  void whatExecutorsWorkersAndDriversThatAreKilledHadFinishedIsNotRenderedAgain() throws Exception {
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
    isRight(resumed);
    assertThat(resumed.said()).as("times of the stages").doesNotContainPattern(ANALYSIS_TIME);
    assertThat(finished()).containsAllEntriesOf(before).hasSize(2 * SEGMENTS);
    cluster.addWorker();
    cluster.awaitWorkers(2);
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

  /**
   * An executor may have so much more native memory from now on. The kernel refuses what is above,
   * as it does on a machine whose memory is promised to others.
   */
  private static void allowMore(ProcessHandle executor, int mebibytes) throws Exception {
    String process = String.valueOf(executor.pid());
    signal("STOP", process);
    long size;
    try (Stream<String> status = Files.lines(Path.of("/proc", process, "status"))) {
      size =
          status
              .filter(line -> line.startsWith("VmSize:"))
              .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow();
    }
    String limit = "--as=" + (size + ((long) mebibytes << 20));
    assertThat(new ProcessBuilder("prlimit", "--pid", process, limit).inheritIO().start().waitFor())
        .isZero();
    signal("CONT", process);
  }

  /** Aligned faces that are large enough for a chunk to take tens of mebibytes. */
  private static Map<String, String> optionsWithLargeFaces() throws IOException {
    Path config = Path.of(options.get("--unet_config_path"));
    Path large = folder.resolve("unet nano 256.yaml");
    Files.writeString(
        large, Files.readString(config).replace("\"resolution\":64", "\"resolution\":256"));
    Map<String, String> changed = new TreeMap<>(options);
    changed.put("--unet_config_path", large.toString());
    changed.put("--segment_frames", "48");
    return changed;
  }

  @Test
  void whatDoesNotFitInMemoryIsRenderedInSmallerBatchesAndTheBatchGoesOn() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "skipped: no prlimit here");
    Map<String, String> large = optionsWithLargeFaces();
    Path manifest =
        Files.writeString(
            outputs.resolve("batch.csv"),
            """
            id,video,audio,output
            large,%1$s,%2$s,large.mp4
            small,%1$s,%3$s,small.mp4
            """
                .formatted(
                    large.remove("--video_path"), large.remove("--audio_path"), shortSpeech));
    List<String> arguments = new ArrayList<>(List.of("--manifest", manifest.toString()));
    large.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    arguments.addAll(List.of("--batch_size", "3"));
    StandaloneCluster.Submission run =
        cluster.submit(List.of("--total-executor-cores", "1"), arguments);
    allowMore(cluster.awaitRendering(1).get(0), 300);
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isZero();
    assertThat(cluster.executorsSaid())
        .contains("memory does not suffice for 3 chunks at once", "a smaller --batch_size");
    assertThat(NanoModels.rgb(outputs.resolve("large.mp4"))).hasSize(62 * 720 * 1280 * 3);
    assertThat(NanoModels.rgb(outputs.resolve("small.mp4"))).hasSize(4 * 720 * 1280 * 3);
  }

  @Test
  void memoryThatDoesNotSufficeForASingleChunkIsExplained() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "skipped: no prlimit here");
    StandaloneCluster.Submission run =
        cluster.submit(
            List.of("--total-executor-cores", "1", "--conf", "spark.task.maxFailures=1"),
            arguments(optionsWithLargeFaces(), output));
    allowMore(cluster.awaitRendering(1).get(0), 60);
    assertThat(run.exitCode()).as("exit code; %s", run.said()).isNotZero();
    assertThat(run.said())
        .contains("dub: memory outside the Java heap does not suffice", "--batch_size");
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
  void anInputThatVanishesIsNamedAndThereIsNoOutput() throws Exception {
    Path video =
        Files.copy(Path.of(options.get("--video_path")), folder.resolve("is going to vanish.mp4"));
    Map<String, String> changed = new TreeMap<>(options);
    changed.put("--video_path", video.toString());
    StandaloneCluster.Submission run = cluster.submit(List.of(), arguments(changed, output));
    cluster.awaitRendering(1);
    Files.delete(video);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.said()).contains("dub: " + video + ": no such file or folder");
    assertThat(output).doesNotExist();
  }
}
