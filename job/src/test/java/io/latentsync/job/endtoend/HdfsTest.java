package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.manifest.Manifest;
import io.latentsync.job.manifest.ManifestEntry;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.run.Batch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.storage.InputCache;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything on a real HDFS: inputs, checkpoints, staging, output. */
@Tag("slow")
final class HdfsTest {
  @TempDir static Path folder;
  private static MiniHdfs hdfs;
  private static Configuration configuration;

  @BeforeAll
  static void startHdfs() throws IOException {
    hdfs = new MiniHdfs(folder);
    configuration = hdfs.configuration();
  }

  @AfterAll
  static void stopHdfs() {
    hdfs.close();
  }

  private static Location hdfs(String path) {
    return hdfs.at(path);
  }

  private static Location upload(Path local, String path) throws IOException {
    return hdfs.upload(local, path);
  }

  @Test
  void aCommitReplacesAFileAndLeavesNoOtherFiles() throws Exception {
    Location target =
        upload(Files.writeString(folder.resolve("old"), "old"), "/a folder/größe.txt");
    assertThat(target.isLocal()).isFalse();
    target.commit(configuration, Files.writeString(folder.resolve("new"), "newer"));
    FileSystem fileSystem = target.fileSystem(configuration);
    assertThat(fileSystem.listStatus(target.parent().hadoopPath())).hasSize(1);
    assertThat(target.status(configuration).getLen()).isEqualTo(5);
    Path fetched = target.fetch(configuration, folder);
    assertThat(Files.readString(fetched)).isEqualTo("newer");
    target.delete(configuration);
    assertThat(target.exists(configuration)).isFalse();
  }

  @Test
  void pathsOfAManifestOnHdfsAreRelativeToItsFolder() throws Exception {
    upload(Files.writeString(folder.resolve("talk"), "a video"), "/batch/in/talk one.mp4");
    upload(Files.writeString(folder.resolve("speech"), "a speech"), "/batch/in/de.wav");
    Location manifest =
        upload(
            Files.writeString(
                folder.resolve("nightly.csv"),
                """
                id,video,audio,output,guidance
                de,in/talk one.mp4,in/de.wav,out/de.mp4,1.5
                fr,in/talk one.mp4,in/gone.wav,%s/out/fr.mp4,
                """
                    .formatted(hdfs("/batch"))),
            "/batch/nightly.csv");
    InputCheck check = new InputCheck(configuration);
    List<ManifestEntry> entries = Manifest.read(manifest, configuration, check, false);
    assertThat(entries)
        .extracting(entry -> entry.video().name())
        .containsOnly(hdfs("/batch/in/talk one.mp4").name());
    assertThat(entries)
        .extracting(entry -> entry.output().name())
        .containsExactly(hdfs("/batch/out/de.mp4").name(), hdfs("/batch/out/fr.mp4").name());
    assertThatThrownBy(check::finish)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "nightly.csv line 3: audio %s: no such file".formatted(hdfs("/batch/in/gone.wav")));
  }

  @Test
  void anOutputOnHdfsThatIsAnInputOrHasALongNameIsRefused() throws Exception {
    Location video = upload(Files.writeString(folder.resolve("v"), "a video"), "/in2/talk.mp4");
    Location again = new Location(video.name().replace("/in2/", "/in2/deeper/.././"));
    Location longest = hdfs("/out2/" + "x".repeat(251) + ".mp4");
    Location longer = hdfs("/out2/" + "x".repeat(252) + ".mp4");
    InputCheck check = new InputCheck(configuration);
    check.readable("video", video, false);
    check.video("first", again);
    check.video("second", longest);
    check.video("third", longer);
    assertThatThrownBy(check::finish)
        .isInstanceOf(InvalidInputException.class)
        .message()
        .satisfies(
            text ->
                assertThat(text.lines())
                    .satisfiesExactlyInAnyOrder(
                        line ->
                            assertThat(line)
                                .isEqualTo(
                                    "first %s: is also video; the output must be a different file"
                                        .formatted(again)),
                        line ->
                            assertThat(line)
                                .startsWith("third %s: cannot be written: ".formatted(longer))
                                .contains("limit=255")));
    longest.commit(configuration, Files.writeString(folder.resolve("made"), "x"));
    assertThat(longest.exists(configuration)).isTrue();
  }

  @Test
  void aVideoIsDubbedFromHdfsToHdfsAsItIsLocally() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle local = nano.bundle();
    Path video = nano.video(12);
    Path speech = nano.speech(0.6);
    Path localOutput = folder.resolve("local.mp4");
    DubRequest onDisk =
        request(
            new Location(video.toString()),
            new Location(speech.toString()),
            new Location(localOutput.toString()),
            local);
    dub(onDisk, new Location(folder.toString()));

    ModelBundle remote =
        new ModelBundle(
            upload(Path.of(local.unetConfig()), "/models/unet nano.yaml").name(),
            upload(Path.of(local.unet()), "/models/unet.pt").name(),
            upload(Path.of(local.vae()), "/models/vae").name(),
            upload(Path.of(local.whisper()), "/models/whisper.pt").name(),
            "");
    Location output = hdfs("/out/dubbed video.mp4");
    DubRequest onHdfs =
        request(
            upload(video, "/in/talking head.mp4"),
            upload(speech, "/in/speech.m4a"),
            output,
            remote);
    InputCheck check = new InputCheck(configuration);
    check.readable("video", onHdfs.video(), false);
    check.readable("audio", onHdfs.audio(), false);
    check.output("output", output);
    check.models(remote);
    check.finish();
    long missesBefore = JobMetrics.INPUT_CACHE_MISSES.getCount();
    dub(onHdfs, output.parent());

    FileSystem fileSystem = output.fileSystem(configuration);
    assertThat(fileSystem.listStatus(output.parent().hadoopPath()))
        .as("the output and its provenance, no staging")
        .extracting(file -> file.getPath().getName())
        .containsExactlyInAnyOrder(output.fileName(), ProvenanceFile.of(output).fileName());
    assertThat(Files.readAllBytes(output.fetch(configuration, folder)))
        .isEqualTo(Files.readAllBytes(localOutput));

    assertThat(JobMetrics.INPUT_CACHE_MISSES.getCount() - missesBefore)
        .as("video, speech, yaml, three checkpoints")
        .isEqualTo(6);
    long hitsBefore = JobMetrics.INPUT_CACHE_HITS.getCount();
    output.delete(configuration);
    dub(onHdfs, output.parent());
    assertThat(JobMetrics.INPUT_CACHE_MISSES.getCount() - missesBefore)
        .as("the second time")
        .isEqualTo(6);
    assertThat(JobMetrics.INPUT_CACHE_HITS.getCount() - hitsBefore).isGreaterThanOrEqualTo(6);
    assertThat(Files.readAllBytes(output.fetch(configuration, folder)))
        .isEqualTo(Files.readAllBytes(localOutput));
  }

  private static DubRequest request(
      Location video, Location speech, Location output, ModelBundle models) {
    return new DubRequest(
        "talk",
        video,
        speech,
        output,
        models,
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1, 1, 1),
        16);
  }

  private static void dub(DubRequest request, Location stagingRoot) throws InterruptedException {
    SparkConf conf =
        new SparkConf()
            .setAppName("test")
            .setMaster("local[2]")
            .set("spark.ui.enabled", "false")
            .set("spark.hadoop." + InputCache.FOLDER, folder.resolve("cache").toString());
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      assertThat(
              new Batch(
                      spark,
                      progress,
                      Results.fresh(Optional.empty(), spark.hadoopConfiguration()),
                      false)
                  .dub(List.of(request), any -> stagingRoot))
          .hasOnlyElementsOfType(Outcome.Done.class);
    }
  }
}
