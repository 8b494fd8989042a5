package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.job.testing.Submission;
import io.latentsync.job.testing.YarnCluster;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real YARN whose containers are processes, with all files on a real HDFS: exit codes, results
 * and outputs are those of a local run, also if a container or the application master is killed.
 */
final class YarnIT {
  private static final int SEGMENTS = 4;

  @TempDir static Path folder;
  private static final Map<String, byte[]> LOCAL_OUTPUTS = new TreeMap<>();
  private static Map<String, String> localStatus;
  private static List<String> options;
  private static Path video;
  private static Path speech;
  private static YarnCluster cluster;

  @BeforeAll
  static void dubLocallyAndStartYarn() throws Exception {
    NanoModels nano = new NanoModels(folder);
    video = nano.video(8);
    // 2.4 s of speech give 62 frames: four segments.
    speech = nano.speech(2.4);
    Files.writeString(folder.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    List<String> local = new ArrayList<>(nano.options());
    local.add("--manifest=" + Files.writeString(folder.resolve("nightly.csv"), manifest()));
    assertThat(DubCommand.run(rendering(local))).isEqualTo(ExitCode.SOME_FAILED.code());
    for (String output : List.of("one", "two")) {
      LOCAL_OUTPUTS.put(output, Files.readAllBytes(folder.resolve("out/" + output + ".mp4")));
    }
    localStatus = status(Files.readAllBytes(folder.resolve("results.json")));

    cluster = new YarnCluster(Files.createDirectory(folder.resolve("cluster")));
    ModelBundle models = nano.bundle();
    options =
        NanoModels.options(
            new ModelBundle(
                upload(models.unetConfig()),
                upload(models.unet()),
                cluster.hdfs().upload(Path.of(models.vae()), "/models/vae").name(),
                upload(models.whisper()),
                ""));
  }

  private static String upload(String model) throws IOException {
    Path file = Path.of(model);
    return cluster.hdfs().upload(file, "/models/" + file.getFileName()).name();
  }

  @AfterAll
  static void stopYarn() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static String manifest() {
    return """
    id,video,audio,output,seed
    one,%1$s,%2$s,out/one.mp4,1
    bad,text.mp4,%2$s,out/bad.mp4,2
    two,%1$s,%2$s,out/two.mp4,3
    """
        .formatted(video.getFileName(), speech.getFileName());
  }

  private static String[] rendering(List<String> arguments, String... more) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--inference_steps=2", "--segment_frames=16"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** The status of each request by its id. */
  private static Map<String, String> status(byte[] results) throws IOException {
    Map<String, String> status = new TreeMap<>();
    for (JsonNode request : new ObjectMapper().readTree(results)) {
      status.put(request.get("id").asText(), request.get("status").asText());
    }
    return status;
  }

  /** A folder of HDFS with the manifest and its inputs. */
  private static Location batch(String name) throws IOException {
    for (Path file : List.of(video, speech, folder.resolve("text.mp4"))) {
      cluster.hdfs().upload(file, "/" + name + "/" + file.getFileName());
    }
    return cluster.hdfs().upload(folder.resolve("nightly.csv"), "/" + name + "/nightly.csv");
  }

  private static byte[] read(Location file) throws IOException {
    return Files.readAllBytes(
        file.fetch(cluster.configuration(), Files.createTempDirectory(folder, "fetched")));
  }

  private static Submission submit(
      YarnCluster.Mode mode, String jars, List<String> submitOptions, String... arguments)
      throws IOException {
    return cluster.submit(mode, jars, submitOptions, List.of(rendering(options, arguments)));
  }

  private static void isAsLocally(Submission run, Location manifest) throws Exception {
    assertThat(run.exitCode())
        .as("exit code; %s %s", run.output(), cluster.containerOutput())
        .isEqualTo(ExitCode.SOME_FAILED.code());
    Location batch = manifest.parent();
    assertThat(status(read(batch.child("results.json")))).isEqualTo(localStatus);
    for (Map.Entry<String, byte[]> output : LOCAL_OUTPUTS.entrySet()) {
      assertThat(read(batch.child("out").child(output.getKey() + ".mp4")))
          .as(output.getKey())
          .isEqualTo(output.getValue());
    }
    FileSystem hdfs = batch.fileSystem(cluster.configuration());
    assertThat(hdfs.listStatus(batch.child("out").hadoopPath()))
        .as("two outputs with their provenance, no staging")
        .hasSize(4);
  }

  /** A second attempt would find the finished requests and report them as kept. */
  @Test
  void aManifestInClusterModeEndsAsALocalRunWithJarsThatAreInstalledOnce() throws Exception {
    Location manifest = batch("cluster");
    isAsLocally(
        submit(
            YarnCluster.Mode.CLUSTER,
            cluster.install().name(),
            List.of("--conf", "spark.yarn.maxAppAttempts=1"),
            "--manifest=" + manifest),
        manifest);
  }

  @Test
  void aManifestInClientModeEndsAsALocalRunAlthoughAContainerIsKilled() throws Exception {
    Location manifest = batch("client");
    Submission run = submit(YarnCluster.Mode.CLIENT, "shared", List.of(), "--manifest=" + manifest);
    cluster.awaitRendering(run).destroyForcibly();
    isAsLocally(run, manifest);
  }

  @Test
  void theSecondAttemptOfAKilledApplicationMasterGoesOnFromTheStaging() throws Exception {
    batch("killed");
    Location output = cluster.hdfs().at("/killed/out/one.mp4");
    Submission run =
        submit(
            YarnCluster.Mode.CLUSTER,
            "shared",
            List.of(),
            "--video_path=" + cluster.hdfs().at("/killed/" + video.getFileName()),
            "--audio_path=" + cluster.hdfs().at("/killed/" + speech.getFileName()),
            "--video_out_path=" + output,
            "--seed=1",
            "--keep_staging");
    await().atMost(StandaloneCluster.TIMEOUT).until(() -> !finished(output).isEmpty());
    cluster.applicationMaster().destroyForcibly();
    Map<String, Long> before = finished(output);
    assertThat(before).hasSizeLessThan(SEGMENTS);
    assertThat(run.exitCode())
        .as("exit code; %s %s", run.output(), cluster.containerOutput())
        .isZero();
    assertThat(read(output)).isEqualTo(LOCAL_OUTPUTS.get("one"));
    assertThat(finished(output)).containsAllEntriesOf(before).hasSize(SEGMENTS);
  }

  @Test
  void aContainerBeyondItsMemoryLimitIsExplainedWithTheOptionsThatHelp() throws Exception {
    batch("little");
    Location output = cluster.hdfs().at("/little/out/one.mp4");
    Submission run =
        submit(
            YarnCluster.Mode.CLIENT,
            "shared",
            List.of(
                "--executor-memory",
                "450m", // the least that Spark accepts
                "--conf",
                "spark.executor.memoryOverhead=1m",
                "--conf",
                "spark.task.maxFailures=1"),
            "--video_path=" + cluster.hdfs().at("/little/" + video.getFileName()),
            "--audio_path=" + cluster.hdfs().at("/little/" + speech.getFileName()),
            "--video_out_path=" + output);
    assertThat(run.exitCode()).as("exit code; %s", run.output()).isEqualTo(ExitCode.FAILED.code());
    assertThat(run.output())
        .containsPattern(
            "(?m)^dub: an executor was lost \\(Container killed by YARN for exceeding physical memory"
                + " limits\\. \\S+ MB of 451 MB physical memory used\\. Consider boosting"
                + " spark\\.executor\\.memoryOverhead\\.\\); the most frequent cause is that it"
                + " exceeds its memory limit: "
                + Pattern.quote(NativeMemoryException.REMEDY));
    assertThat(output.exists(cluster.configuration())).isFalse();
  }

  /** The rows of the finished segments with their modification times. */
  private static Map<String, Long> finished(Location output) throws IOException {
    Map<String, Long> segments = new TreeMap<>();
    FileSystem hdfs = output.fileSystem(cluster.configuration());
    FileStatus[] rows =
        hdfs.globStatus(
            output.parent().child(".latentsync-????????????????/segment-*.avro").hadoopPath());
    for (FileStatus row : rows) {
      segments.put(row.getPath().getName(), row.getModificationTime());
    }
    return segments;
  }
}
