package io.latentsync.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.StagePools;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RequestStatus;
import io.latentsync.record.RunResult;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several requests in one run, on real Spark in local mode. */
@Tag("slow")
final class BatchTest {
  @TempDir Path folder;

  /** The options of the command in addition to a manifest. */
  private static String[] command(Path manifest, ModelBundle models, String... more) {
    List<String> command = new ArrayList<>(NanoModels.options(models));
    command.add("--manifest=" + manifest);
    command.add("--inference_steps=2");
    Collections.addAll(command, more);
    return command.toArray(String[]::new);
  }

  @Test
  void aFailedRequestDoesNotStopTheOthersAndTheResultsHaveTheReason() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path video = nano.video(5);
    Path audio = nano.speech(0.5);
    Files.writeString(folder.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    FfmpegProgram.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-t",
        "0.4",
        folder.resolve("faceless.mp4").toString());
    Path manifest =
        Files.writeString(
            folder.resolve("batch.csv"),
            """
            id,video,audio,output,seed,fps
            unreadable,text.mp4,%2$s,out/a.mp4,,
            faceless,faceless.mp4,%2$s,out/b.mp4,,
            good,%1$s,%2$s,out/c.mp4,77,source
            """
                .formatted(video.getFileName(), audio.getFileName()));

    String table = "--results_table=" + folder.resolve("nights");
    assertThat(DubCommand.run(command(manifest, models, table))).isEqualTo(3);

    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files)
          .as("no staging")
          .containsExactlyInAnyOrder(
              folder.resolve("out").resolve("c.mp4"),
              folder.resolve("out").resolve("c.mp4.provenance.json"));
    }
    assertThat(NanoModels.rgb(folder.resolve("out").resolve("c.mp4"))).hasSize(14 * 720 * 1280 * 3);
    List<RequestResult> rows = new ArrayList<>();
    try (DataFileReader<RequestResult> reader =
        new DataFileReader<>(
            folder.resolve("results.avro").toFile(),
            new SpecificDatumReader<>(RequestResult.class))) {
      reader.forEach(rows::add);
    }
    assertThat(rows)
        .extracting(RequestResult::getId)
        .containsExactly("unreadable", "faceless", "good");
    assertThat(rows)
        .extracting(RequestResult::getStatus)
        .containsExactly(RequestStatus.failed, RequestStatus.failed, RequestStatus.done);
    assertThat(rows.get(0).getReason())
        .startsWith("batch.csv line 2: video " + folder.resolve("text.mp4") + ": ");
    assertThat(rows.get(0).getFrames()).isNull();
    assertThat(rows.get(0).getSeconds().getPlan()).isPositive();
    assertThat(rows.get(0).getSeconds().getAnalyse()).isNull();
    assertThat(rows.get(1).getReason())
        .startsWith("batch.csv line 3: video " + folder.resolve("faceless.mp4") + ": no face");
    assertThat(rows.get(1).getSeconds().getAnalyse()).isPositive();
    assertThat(rows.get(2).getReason()).isNull();
    assertThat(rows.get(2).getFrames()).isEqualTo(14);
    assertThat(rows.get(2).getSeed()).isEqualTo(77);
    assertThat(rows.get(2).getFps()).isEqualTo("source");
    assertThat(rows.get(2).getFrameRate()).isEqualTo(25);
    assertThat(rows.get(0).getFrameRate()).isNull();
    assertThat(rows.get(2).getFramesPerSecond()).isPositive();
    assertThat(rows.get(2).getSeconds().getStitch()).isPositive();
    assertThat(rows.get(2).getSegments())
        .singleElement()
        .matches(segment -> segment.getFrames() == 14 && !segment.getReused());
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("1 of 3 videos dubbed", rows.get(1).getReason())
        .contains("alt=\"before\"", "src=\"./out/c.mp4\"", ", before and after, at 0:00")
        .contains("<code>--inference_steps=2</code>", "local[", ": 1 executor, ")
        .contains("src=\"data:image/jpeg;base64,");

    RunResult run = rows.get(0).getRun();
    assertThat(run.getApplication()).startsWith("local-");
    assertThat(run.getModel()).isEqualTo(models.unet());
    assertThat(run.getModelFingerprint()).matches("[0-9a-f]{16}");
    assertThat(run.getOptions()).contains("--manifest=" + manifest, table);
    assertThat(run.getEnded()).isAfter(run.getStarted());
    assertThat(rows).extracting(RequestResult::getRun).containsOnly(run);
    assertThat(rows).extracting(RequestResult::getSteps).containsOnly(2);
    assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(3);

    JsonNode json = new ObjectMapper().readTree(folder.resolve("results.json").toFile());
    assertThat(json).hasSize(3);
    assertThat(json.get(0).get("status").asText()).isEqualTo("failed");
    assertThat(json.get(0).get("reason").asText()).isEqualTo(rows.get(0).getReason());
    assertThat(json.get(2).get("frames").asInt()).isEqualTo(14);
    assertThat(json.get(2).get("seconds").get("plan").asDouble())
        .isEqualTo(rows.get(2).getSeconds().getPlan());

    // The second run retries the failed requests and keeps the other.
    FileTime written = Files.getLastModifiedTime(folder.resolve("out").resolve("c.mp4"));
    assertThat(DubCommand.run(command(manifest, models, table))).isEqualTo(3);
    try (Stream<Path> files = Files.list(folder.resolve("nights"))) {
      assertThat(files).as("a file for each run").hasSize(2);
    }
    assertThat(Files.getLastModifiedTime(folder.resolve("out").resolve("c.mp4")))
        .isEqualTo(written);
    JsonNode again = new ObjectMapper().readTree(folder.resolve("results.json").toFile());
    assertThat(again)
        .extracting(row -> row.get("status").asText())
        .containsExactly("failed", "failed", "kept");
    assertThat(again)
        .extracting(row -> row.get("kept").asBoolean())
        .containsExactly(false, false, true);
    assertThat(again.get(2).get("run").get("id").asText())
        .as("ids of later runs are larger")
        .isGreaterThan(run.getId());
    ObjectNode kept = ((ObjectNode) again.get(2)).put("kept", false).put("status", "done");
    kept.set("run", json.get(2).get("run"));
    assertThat(kept).isEqualTo(json.get(2));
  }

  @Test
  void anInvalidManifestIsRefusedBeforeAnyWork() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path manifest =
        Files.writeString(
            folder.resolve("batch.jsonl"),
            """
            {"id": "a", "video": "%1$s", "audio": "%2$s", "output": "a.mp4"}
            {"id": "b", "video": "gone.mp4", "audio": "gone.wav", "output": "b.mp4"}
            {"id": "c", "video": "%1$s", "audio": "%2$s", "output": "c.mp4", "steps": 999}
            """
                .formatted(nano.video(5).getFileName(), nano.speech(0.5).getFileName()));
    PrintStream before = System.err;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    try {
      assertThat(DubCommand.run(command(manifest, nano.bundle(), "--scheduler", "dpm++")))
          .isEqualTo(2);
    } finally {
      System.setErr(before);
    }
    assertThat(errors.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.startsWith("dub: "))
        .containsExactly(
            "dub: batch.jsonl line 2: video %s: no such file".formatted(folder.resolve("gone.mp4")),
            "dub: batch.jsonl line 2: audio %s: no such file".formatted(folder.resolve("gone.wav")),
            "dub: batch.jsonl line 3: --inference_steps is 999, but must be from 2 to 998");
    assertThat(folder.resolve("a.mp4")).doesNotExist();
    assertThat(folder.resolve("results.json")).doesNotExist();
  }

  @Test
  void aVideoWithSeveralSpeechesIsAnalysedOnceAndDubbedAsAlone() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path video = nano.video(12);
    Path longSpeech = folder.resolve("long.m4a");
    Files.move(nano.speech(0.6), longSpeech);
    Path shortSpeech = nano.speech(0.1);
    DubRequest longer = request("longer", video, longSpeech, folder.resolve("longer.mp4"), models);
    DubRequest shorter =
        request("shorter", video, shortSpeech, folder.resolve("shorter.mp4"), models);

    try (JavaSparkContext spark = spark()) {
      assertThat(jobs(spark, List.of(shorter, longer)))
          .filteredOn(job -> job.startsWith("analyse"))
          .as("which way the heads stand, then the faces")
          .containsExactly("analyse longer", "analyse longer");
      byte[] shorterTogether = Files.readAllBytes(folder.resolve("shorter.mp4"));

      assertThat(jobs(spark, List.of(shorter)))
          .containsExactly(
              "plan shorter",
              "check layers",
              "speech shorter",
              "analyse shorter",
              "analyse shorter",
              "synthesise shorter",
              "stitch shorter");
      assertThat(Files.readAllBytes(folder.resolve("shorter.mp4"))).isEqualTo(shorterTogether);
    }
  }

  @Test
  void aRequestOfABatchThatEndedAfterTheAnalysisIsNotAnalysedAgain() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path video = nano.video(5);
    Path longSpeech = folder.resolve("long.m4a");
    Files.move(nano.speech(0.2), longSpeech);
    Path output = folder.resolve("shorter.mp4");
    DubRequest shorter = request("shorter", video, nano.speech(0.1), output, models);
    DubRequest longer = request("longer", video, longSpeech, folder.resolve("longer.mp4"), models);

    try (JavaSparkContext spark = spark()) {
      // The stitching cannot replace a folder that is not empty.
      for (DubRequest request : List.of(shorter, longer)) {
        Files.createDirectories(request.output().localPath().resolve("in the way"));
      }
      assertThat(dub(spark, List.of(shorter, longer))).hasOnlyElementsOfType(Outcome.Failed.class);
      leaveOnlyFaces();
      FileUtils.deleteDirectory(output.toFile());

      long analysed = JobMetrics.FRAMES_ANALYSED.getCount();
      assertThat(jobs(spark, List.of(shorter)))
          .containsExactly(
              "plan shorter",
              "check layers",
              "speech shorter",
              "synthesise shorter",
              "stitch shorter");
      assertThat(JobMetrics.FRAMES_ANALYSED.getCount()).isEqualTo(analysed);
      byte[] resumed = Files.readAllBytes(output);

      assertThat(jobs(spark, List.of(shorter))).contains("analyse shorter");
      assertThat(output).as("as a run from the beginning makes it").hasBinaryContent(resumed);
    }
  }

  @Test
  void anInterruptDuringTheCheckOfLayersInterruptsTheBatch() throws Exception {
    NanoModels nano = new NanoModels(folder);
    DubRequest request =
        request("a", nano.video(5), nano.speech(0.1), folder.resolve("a.mp4"), nano.bundle());
    Thread caller = Thread.currentThread();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart start) {
            if (description(start).equals("check layers")) {
              caller.interrupt();
            }
          }
        };
    try (JavaSparkContext spark = spark()) {
      spark.sc().addSparkListener(listener);
      assertThat(dub(spark, List.of(request))).hasOnlyElementsOfType(Outcome.Interrupted.class);
      assertThat(Thread.interrupted()).isFalse();
    }
  }

  private static boolean isStaging(Path file) {
    return file.getFileName().toString().startsWith(".latentsync-");
  }

  private static boolean isFaces(Path file) {
    return file.getFileName().toString().startsWith("faces-");
  }

  /** Leaves staging in the state of a run that was killed before its first segment was rendered. */
  private void leaveOnlyFaces() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path staging : files.filter(BatchTest::isStaging).toList()) {
        List<Path> parts;
        try (Stream<Path> found = Files.list(staging)) {
          parts = found.toList();
        }
        assertThat(parts).as("faces").filteredOn(BatchTest::isFaces).hasSize(1);
        for (Path part : parts) {
          if (!isFaces(part)) {
            Files.delete(part);
          }
        }
      }
    }
  }

  private static DubRequest request(
      String id, Path video, Path audio, Path output, ModelBundle models) {
    return new DubRequest(
        id,
        new Location(video.toString()),
        new Location(audio.toString()),
        new Location(output.toString()),
        models,
        FaceOptions.DEFAULT,
        new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1, 1, 1),
        16);
  }

  private static JavaSparkContext spark() throws IOException {
    return spark("local[2]");
  }

  private static JavaSparkContext spark(String master) throws IOException {
    return StagePools.start(
        new SparkConf().setAppName("test").setMaster(master).set("spark.ui.enabled", "false"));
  }

  @Test
  void aModelThatCannotBeLoadedIsNotRetried() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Files.writeString(Path.of(models.unet()), "no checkpoint");
    List<Boolean> ended = Collections.synchronizedList(new ArrayList<>());
    try (JavaSparkContext spark = spark("local[2,4]")) {
      spark
          .sc()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd end) {
                  ended.add(end.taskInfo().successful());
                }
              });
      assertThat(
              dub(
                  spark,
                  List.of(
                      request(
                          "a", nano.video(20), nano.speech(0.5), folder.resolve("a.mp4"), models))))
          .singleElement()
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed ->
                  assertThat(failed.cause())
                      .isInstanceOf(InvalidInputException.class)
                      .hasMessageStartingWith(models.unet()));
      // Spark calls listeners asynchronously.
      spark.sc().listenerBus().waitUntilEmpty();
    }
    assertThat(ended).isNotEmpty().doesNotContain(false);
  }

  /** Dubs the requests. Returns the descriptions of Spark's jobs. */
  private List<String> jobs(JavaSparkContext spark, List<DubRequest> requests) throws Exception {
    Queue<String> names = new ConcurrentLinkedQueue<>();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart start) {
            names.add(description(start));
          }
        };
    spark.sc().addSparkListener(listener);
    try {
      assertThat(dub(spark, requests)).hasOnlyElementsOfType(Outcome.Done.class);
      // Spark calls listeners asynchronously.
      spark.sc().listenerBus().waitUntilEmpty();
    } finally {
      spark.sc().removeSparkListener(listener);
    }
    return List.copyOf(names);
  }

  private static String description(SparkListenerJobStart start) {
    return start.properties().getProperty("spark.job.description");
  }

  private List<Outcome> dub(JavaSparkContext spark, List<DubRequest> requests)
      throws InterruptedException {
    try (Progress progress = new Progress(spark.sc(), TerminalProgress::open)) {
      return new Batch(
              spark, progress, Results.fresh(Optional.empty(), spark.hadoopConfiguration()), false)
          .dub(requests, any -> new Location(folder.toString()));
    }
  }
}
