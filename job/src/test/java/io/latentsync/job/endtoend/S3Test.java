package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.storage.InputCache;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.job.testing.S3Server;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything on a real S3 server: inputs, checkpoints, staging, cache, outputs, results. */
@Tag("slow")
final class S3Test {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  @TempDir static Path folder;
  private static S3Server s3;
  private static Configuration configuration;
  private static NanoModels nano;
  private static List<String> local;
  private static List<String> remote;
  private static Path video;
  private static Path speech;
  private static byte[] expected;
  private static final Map<String, String> PROPERTIES = new TreeMap<>();

  @BeforeAll
  static void startServer() throws Exception {
    s3 = new S3Server(folder.resolve("s3"));
    configuration = s3.configuration();
    s3.settings().forEach((name, value) -> PROPERTIES.put("spark.hadoop." + name, value));
    PROPERTIES.put("spark.hadoop." + InputCache.FOLDER, folder.resolve("cache").toString());
    PROPERTIES.put("spark.master", "local[2]");
    PROPERTIES.forEach(System::setProperty);
    nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    List<String> more =
        List.of("--inference_steps=2", "--segment_frames=16", "--crf=2", "--preset=ultrafast");
    local = new ArrayList<>(NanoModels.options(models));
    local.addAll(more);
    remote =
        new ArrayList<>(
            NanoModels.options(
                new ModelBundle(
                    upload(models.unetConfig(), "/models/unet nano.yaml"),
                    upload(models.unet(), "/models/unet.pt"),
                    upload(models.vae(), "/models/vae"),
                    upload(models.whisper(), "/models/whisper.pt"),
                    "")));
    remote.addAll(more);
    // Noise, so that segments and outputs are uploaded in several parts.
    video = folder.resolve("noise.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        nano.video(8).toString(),
        "-vf",
        "noise=alls=20:allf=t",
        "-crf",
        "4",
        video.toString());
    upload(video.toString(), "/in/talk.mp4");
    speech = Files.copy(nano.speech(1.2), folder.resolve("two segments.m4a"));
    Path dubbed = folder.resolve("local.mp4");
    CommandOutput run = dub(arguments(local, speech, dubbed.toString()));
    assertThat(run.code()).as("%s", run).isZero();
    expected = Files.readAllBytes(dubbed);
  }

  private static String upload(String local, String path) throws IOException {
    return s3.upload(Path.of(local), path).name();
  }

  @AfterAll
  static void stopServer() throws Exception {
    PROPERTIES.keySet().forEach(System::clearProperty);
    s3.close();
  }

  @AfterEach
  void nothingElseIsLeft() {
    s3.recover();
    assertThat(s3.pendingUploads()).isEmpty();
    assertThat(s3.objects()).noneMatch(name -> name.contains(".latentsync-"));
  }

  /** Arguments of a request. */
  private static String[] arguments(List<String> options, Path speech, String output) {
    List<String> arguments = new ArrayList<>(options);
    boolean onS3 = options == remote;
    arguments.add("--video_path=" + (onS3 ? s3.at("/in/talk.mp4").name() : video));
    arguments.add("--audio_path=" + speech);
    arguments.add("--video_out_path=" + output);
    return arguments.toArray(String[]::new);
  }

  private static CommandOutput dub(String... arguments) {
    return CommandOutput.of("dub", () -> DubCommand.run(arguments));
  }

  private static byte[] read(Location file) throws IOException {
    return file.read(configuration);
  }

  private static void isExpected(Location output) throws IOException {
    // Without the bytes in the message, which are many.
    assertThat(Arrays.equals(read(output), expected)).as("the bytes of %s", output).isTrue();
  }

  private static OtherProcess start(String... arguments) throws IOException {
    List<String> flags = new ArrayList<>(List.of("-Xmx1g"));
    PROPERTIES.forEach((name, value) -> flags.add("-D" + name + "=" + value));
    return OtherProcess.start(flags, DubCommand.class, arguments);
  }

  @Test
  void aManifestOnS3IsDubbedToTheSameBytesAsLocally() throws Exception {
    upload(speech.toString(), "/batch/in/new speech.m4a");
    upload(Files.writeString(folder.resolve("text"), "no video").toString(), "/batch/in/text.mp4");
    String manifest =
        upload(
            Files.writeString(
                    folder.resolve("nightly.csv"),
                    """
                    id,video,audio,output
                    good,../in/talk.mp4,in/new speech.m4a,out/größe 1.mp4
                    bad,in/text.mp4,in/new speech.m4a,out/bad.mp4
                    """)
                .toString(),
            "/batch/nightly.csv");
    List<String> arguments = new ArrayList<>(remote);
    arguments.addAll(List.of("--manifest=" + manifest, "--segment_cache=" + s3.at("/segments")));
    CommandOutput run = dub(arguments.toArray(String[]::new));
    assertThat(run.code()).as("%s", run).isEqualTo(ExitCode.SOME_FAILED.code());
    isExpected(s3.at("/batch/out/größe 1.mp4"));
    assertThat(s3.objects())
        .filteredOn(name -> name.startsWith("batch/"))
        .containsExactly(
            "batch/in/new speech.m4a",
            "batch/in/text.mp4",
            "batch/nightly.csv",
            "batch/out/größe 1.mp4",
            "batch/out/größe 1.mp4.provenance.json",
            "batch/report.html",
            "batch/results.avro",
            "batch/results.json",
            "batch/results.jsonl");
    assertThat(s3.objects())
        .as("cached segments and their rows")
        .filteredOn(name -> name.startsWith("segments/"))
        .hasSize(4);
    for (String name : s3.objects()) {
      if (name.startsWith("batch/") && !name.endsWith(".mp4")) {
        assertThat(new String(read(s3.at("/" + name)), StandardCharsets.UTF_8))
            .as(name)
            .doesNotContain(S3Server.SECRET);
      }
    }
    assertThat(run.toString()).doesNotContain(S3Server.SECRET);
  }

  /** Number of requests to dub a video of a length, without those that fetch the checkpoints. */
  private static long requests(double seconds) throws Exception {
    Path other = nano.speech(seconds);
    s3.forget();
    CommandOutput run = dub(arguments(remote, other, s3.at("/counted/" + seconds + ".mp4").name()));
    assertThat(run.code()).as("%s", run).isZero();
    return s3.requests().stream().filter(request -> !request.key().startsWith("models/")).count();
  }

  @Test
  void theNumberOfRequestsIsProportionalToTheSegments() throws Exception {
    long ofTwo = requests(1.2);
    long ofFour = requests(2.4);
    // A segment is a row, a video and its parts; each task examines inputs and checkpoints.
    assertThat(ofFour - ofTwo).as("requests of two segments").isBetween(2L * 4, 2L * 40);
    assertThat(ofTwo).as("requests of a video of two segments").isLessThan(250);
  }

  @Test
  void equalRunsAndARunThatIsKilledInTheUploadLeaveTheWholeOutputAndNoParts() throws Exception {
    Location output = s3.at("/killed/dubbed.mp4");
    String[] arguments = arguments(remote, speech, output.name());
    CountDownLatch never = new CountDownLatch(1);
    s3.failWith(
        request ->
            Optional.of(S3Server.Fault.until(never))
                .filter(any -> request.key().equals("killed/dubbed.mp4"))
                .filter(any -> request.query().contains("partNumber=2")));
    s3.forget();
    try (OtherProcess killed = start(arguments)) {
      await()
          .atMost(TIMEOUT)
          .until(
              () ->
                  s3.requests().stream()
                      .anyMatch(
                          request ->
                              request.key().equals("killed/dubbed.mp4")
                                  && request.query().contains("partNumber=2")));
      assertThat(output.exists(configuration)).isFalse();
      s3.recover();
      CommandOutput equal = dub(arguments);
      assertThat(equal.code()).as("%s", equal).isZero();
      isExpected(output);
      killed.kill();
    }
    isExpected(output);
    assertThat(s3.pendingUploads()).containsExactly("killed/dubbed.mp4");
    output.delete(configuration);
    s3.forget();
    CommandOutput resumed = dub(arguments);
    assertThat(resumed.code()).as("%s", resumed).isZero();
    isExpected(output);
    assertThat(s3.requests())
        .as("segments that are rendered again")
        .noneMatch(
            request ->
                request.operation().equals("PutObject") && request.key().contains("segment-"));
    never.countDown();
  }

  @Test
  void expiredCredentialsAreReportedInOneLineAndNothingIsHalfWritten() throws Exception {
    Location output = s3.at("/expired/dubbed.mp4");
    String[] arguments = arguments(remote, speech, output.name());
    s3.failWith(
        request ->
            Optional.of(
                    S3Server.Fault.error(400, "ExpiredToken", "The provided token has expired."))
                .filter(
                    any ->
                        s3.requests().stream()
                            .anyMatch(other -> other.key().contains("segment-"))));
    s3.forget();
    CommandOutput run = dub(arguments);
    s3.recover();
    assertThat(run.code()).isNotZero();
    assertThat(run.errors()).singleElement().asString().contains("expired", "OBJECT_STORES.md");
    assertThat(output.exists(configuration)).isFalse();
    assertThat(dub(arguments).code()).isZero();
    isExpected(output);
  }

  @Test
  void aWrongKeyIsReportedInOneLine() throws Exception {
    s3.failWith(
        request ->
            Optional.of(
                S3Server.Fault.error(
                    403,
                    "InvalidAccessKeyId",
                    "The AWS Access Key Id you provided does not exist in our records.")));
    CommandOutput run = dub(arguments(remote, speech, s3.at("/wrong/dubbed.mp4").name()));
    assertThat(run.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(run.errors())
        .isNotEmpty()
        .allMatch(line -> line.contains("credentials") && line.endsWith("OBJECT_STORES.md"));
  }
}
