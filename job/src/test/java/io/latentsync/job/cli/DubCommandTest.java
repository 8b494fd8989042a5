package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import io.latentsync.text.Printable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error messages for invalid options and inputs. */
final class DubCommandTest {
  @TempDir Path folder;
  private Path output;
  private Map<String, String> options;

  @BeforeEach
  void goodOptions() throws Exception {
    Path inputs = Files.createDirectory(folder.resolve("in puts"));
    NanoModels nano = new NanoModels(inputs);
    output = folder.resolve("out").resolve("dubbed.mp4");
    options = new TreeMap<>();
    options.put("--video_path", nano.video(5).toString());
    options.put("--audio_path", nano.speech(0.5).toString());
    options.put("--video_out_path", output.toString());
    options.put("--unet_config_path", nano.bundle().unetConfig());
    options.put("--inference_ckpt_path", nano.bundle().unet());
    options.put("--vae_path", nano.bundle().vae());
    options.put("--whisper_path", nano.bundle().whisper());
  }

  /** Runs the command. Returns its exit code. */
  private int run(List<String> errors) {
    List<String> arguments = new ArrayList<>();
    options.forEach(
        (name, value) -> arguments.addAll(value.isEmpty() ? List.of(name) : List.of(name, value)));
    PrintStream before = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      int code = DubCommand.run(arguments.toArray(String[]::new));
      captured
          .toString(StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("dub: ") || line.startsWith("\tat "))
          .forEach(errors::add);
      return code;
    } finally {
      System.setErr(before);
    }
  }

  private void rejected(String... parts) throws Exception {
    List<String> errors = new ArrayList<>();
    assertThat(run(errors)).isEqualTo(2);
    assertThat(errors).hasSize(1);
    assertThat(errors.get(0)).contains(parts);
    assertThat(output).doesNotExist();
    if (Files.exists(output.getParent())) {
      try (Stream<Path> files = Files.list(output.getParent())) {
        assertThat(files).as("nothing half-written").isEmpty();
      }
    }
  }

  @Test
  void aGoodCommandWritesTheVideo() throws Exception {
    options.put("--inference_steps", "2");
    options.put("--scheduler", "dpm++");
    options.put("--guidance_scale", "1.5");
    options.put("--guidance", "dynamic");
    options.put("--enable_deepcache", "");
    options.put("--cache_interval", "2");
    options.put("--temporal_smoothing", "0.2");
    options.put("--batch_size", "2");
    options.put("--num_threads", "1");
    options.put("--dtype", "fp32");
    options.put("--enable_vae_slicing", "");
    options.put("--face", "left");
    assertThat(run(new ArrayList<>())).isZero();
    // 0.5 s of speech are 25 rows of features, which make 25 / 2 + 2 frames.
    assertThat(NanoModels.rgb(output)).hasSize(14 * 720 * 1280 * 3);
  }

  @Test
  void anOutputOfTheLongestNameIsWrittenInTheFormatOfItsName() throws Exception {
    // 255 bytes, the maximum of file systems.
    output = output.resolveSibling("ü".repeat(125) + "-.mkv");
    options.put("--video_out_path", output.toString());
    options.put("--inference_steps", "2");
    List<String> errors = new ArrayList<>();
    assertThat(run(errors)).as("%s", errors).isZero();
    assertThat(
            FfmpegProgram.ffprobe(
                "-show_entries", "format=format_name", "-of", "csv=p=0", output.toString()))
        .isEqualTo("\"matroska,webm\"");
    assertThat(NanoModels.rgb(output)).hasSize(14 * 720 * 1280 * 3);
    try (Stream<Path> files = Files.list(output.getParent())) {
      assertThat(files)
          .containsExactlyInAnyOrder(
              output, ProvenanceFile.of(new Location(output.toString())).localPath());
    }
  }

  @Test
  void anOutputWithAnImpossibleNameOrFormatIsRefusedBeforeWorkBegins() throws Exception {
    output = output.resolveSibling("x".repeat(252) + ".mp4");
    options.put("--video_out_path", output.toString());
    List<String> errors = new ArrayList<>();
    assertThat(run(errors)).isEqualTo(2);
    assertThat(errors)
        .containsExactly(
            "dub: --video_out_path %s: cannot be written: File name too long"
                .formatted(Printable.value(output)));
    assertThat(output.getParent()).isEmptyDirectory();
    output = output.resolveSibling("dubbed.webm");
    options.put("--video_out_path", output.toString());
    rejected("--video_out_path", "must end in .mp4, .m4v, .mov or .mkv");
  }

  @Test
  void theOutputMustNotBeAnInputByAnotherName() throws Exception {
    Path video = Path.of(options.get("--video_path"));
    byte[] before = Files.readAllBytes(video);
    Path folderLink = Files.createSymbolicLink(folder.resolve("link"), video.getParent());
    Path unetLink = folder.resolve("unet.mp4");
    Files.createLink(unetLink, Path.of(options.get("--inference_ckpt_path")));
    options.put("--video_out_path", folderLink.resolve(video.getFileName()).toString());
    rejected("--video_out_path", "is also --video_path; the output must be a different file");
    options.put("--video_out_path", unetLink.toString());
    rejected("--video_out_path", "is also --inference_ckpt_path");
    assertThat(video).hasBinaryContent(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"profile.json", "profile.txt", "recording.jfr", "stage-time.png"})
  void aPipeAtTheNameOfAProfileFileIsRefusedBeforeWorkBegins(String name) throws Exception {
    Path profile = Files.createDirectory(folder.resolve("profile"));
    Path pipe = profile.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    options.put("--inference_steps", "2");
    options.put("--profile", "");
    options.put("--profile_dir", profile.toString());
    rejected("--profile_dir " + pipe, "is a device, pipe or socket, but must be a file");
  }

  @Test
  void missingFilesAreNamed() throws Exception {
    String missing = folder.resolve("not there.mp4").toString();
    options.put("--video_path", missing);
    rejected("--video_path", missing, "no such file");
  }

  @Test
  void aMissingFileOfTheFaceModelsIsNamed() throws Exception {
    Path models = Files.createDirectory(folder.resolve("buffalo_l"));
    Files.createFile(models.resolve("det_10g.onnx"));
    options.put("--face_models", models.toString());
    rejected("--face_models", models.resolve("2d106det.onnx").toString(), "no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--video_out_path", "--inference_ckpt_path", "--sound"})
  void onAClusterARelativePathIsRefusedBeforeSparkStarts(String option) throws Exception {
    options.put(option, "relative.mp4");
    String master = System.setProperty("spark.master", "spark://127.0.0.1:9");
    try {
      rejected(
          "dub: %s relative.mp4: is a relative path, but must be absolute, or a URL, on a cluster,"
                  .formatted(option)
              + " because each executor has a working directory of its own");
    } finally {
      if (master == null) {
        System.clearProperty("spark.master");
      } else {
        System.setProperty("spark.master", master);
      }
    }
  }

  @Test
  void aMissingOptionIsNamed() throws Exception {
    options.remove("--audio_path");
    rejected("--audio_path");
  }

  @Test
  void valuesOutOfRangeAreNamedWithTheRange() throws Exception {
    options.put("--inference_steps", "1");
    rejected("--inference_steps", "1", "2 to 999");
    options.put("--inference_steps", "20");
    options.put("--guidance_scale", "NaN");
    rejected("--guidance_scale", "NaN", "0 to 100");
    options.put("--guidance_scale", "abc");
    rejected("--guidance_scale", "abc");
  }

  @ParameterizedTest
  @CsvSource({
    "--scheduler, euler, ddim or dpm++",
    "--guidance, static, fixed or dynamic",
    "--guidance, dynamic, --guidance_scale is 1.0",
    "--cache_interval, 0, 1 to 999",
    "--cache_interval, 5, --enable_deepcache",
    "--temporal_smoothing, 1, at least 0 (off) and below 1",
    "--temporal_smoothing, NaN, at least 0 (off) and below 1",
    "--batch_size, 65, 1 to 64",
    "--num_threads, 0, 1 to 256",
    "--audio_windows, none, reference or overlap",
    "--crf, 0, from 1 to 40",
    "--metrics_port, 80, from 1024 to 65500",
    "--preset, quick, ultrafast or superfast or veryfast or faster or fast or medium or slow",
    "--encoder_threads, 17, from 1 to 16",
    "--warmup, sometimes, auto or on or off",
    "--device, gpu, auto or cpu or cuda or mps",
    "--device, cuda, libtorch has 0 GPUs",
    "--tasks_per_gpu, 0, from 1 to 16",
    "--tasks_per_gpu, many, auto or a number from 1 to 16",
    "--cache_dir, hdfs://host/cache, a local folder",
    "--cache_size, 20, such as 500m or 20g",
    "--cache_size, -1g, such as 500m or 20g",
    "--segment_cache, ' ', must be a path",
    "--segment_cache_size, 5g, --segment_cache or --keep_staging",
    "--dtype, fp8, auto or fp32 or fp16 or bf16",
    "--seed, -2, -1 to 2147483647",
    "--min_sync, 1.5, from -1 to 1: it is compared with a correlation",
    "--face, middle, 'largest, left, right, a number from 0 to 9999, or a point of the face'"
  })
  void unknownValuesAreNamedWithTheValidOnes(String option, String value, String right)
      throws Exception {
    options.put(option, value);
    rejected(option, value, right);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--crf=99", "--inference_steps=1", "--min_sync=2", "--face=middle"})
  void aWrongOptionOfADemonstrationLeavesNoSampleClip(String wrong) throws Exception {
    CommandOutput run =
        CommandOutput.of(
            "dub", () -> DubCommand.run("--demo", "--video_out_path=" + output, wrong));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errors())
        .singleElement()
        .asString()
        .contains(wrong.substring(0, wrong.indexOf('=')));
    assertThat(output.getParent()).doesNotExist();
  }

  @Test
  void aFileThatIsNotSyncNetIsRefusedBeforeTheWork() throws Exception {
    options.put("--syncnet_path", folder.resolve("none.model").toString());
    rejected("--syncnet_path", "none.model", "no such file");
    options.put("--syncnet_path", options.get("--whisper_path"));
    rejected("is not a SyncNet checkpoint");
  }

  @Test
  void dpmSolverAcceptsOneStepLess() throws Exception {
    options.put("--scheduler", "dpm++");
    options.put("--inference_steps", "999");
    rejected("--inference_steps", "999", "2 to 998");
  }

  @Test
  void aTextFileIsRefusedAsVideo() throws Exception {
    Path text = Files.writeString(folder.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    options.put("--video_path", text.toString());
    rejected("dub: --video_path " + text + ": ");
  }

  @Test
  void aVideoWithoutSoundIsRefusedAsSpeech() throws Exception {
    options.put("--audio_path", options.get("--video_path"));
    rejected(options.get("--video_path"), "audio");
  }

  @Test
  void soundWithoutSamplesIsRefusedAsSpeech() throws Exception {
    Path empty = folder.resolve("empty.wav");
    FfmpegProgram.ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "0", empty.toString());
    options.put("--audio_path", empty.toString());
    rejected("dub: --audio_path " + empty + ": ", "sample");
  }

  @Test
  void aVideoWithoutAFaceIsRefused() throws Exception {
    Path faceless = folder.resolve("faceless.mp4");
    FfmpegProgram.ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "0.4", faceless.toString());
    options.put("--video_path", faceless.toString());
    rejected("dub: --video_path " + faceless + ": no face");
  }

  @Test
  void aCheckpointThatDoesNotFitIsRefusedWithItsName() throws Exception {
    options.put("--inference_ckpt_path", options.get("--whisper_path"));
    rejected(
        Path.of(options.get("--whisper_path")).getFileName().toString(),
        "missing",
        "conv_in.weight",
        "superfluous");
  }

  @Test
  void anOutputThatCannotBeWrittenIsRefusedBeforeWorkBegins() throws Exception {
    Path file = Files.writeString(folder.resolve("a file"), "");
    output = file.resolve("dubbed.mp4");
    options.put("--video_out_path", output.toString());
    List<String> errors = new ArrayList<>();
    assertThat(run(errors)).isEqualTo(2);
    assertThat(errors).hasSize(1);
    assertThat(errors.get(0)).contains("--video_out_path", file.toString());
  }

  @Test
  void theOutputMustNotBeAnInput() throws Exception {
    options.put("--video_out_path", options.get("--video_path"));
    long length = Files.size(Path.of(options.get("--video_path")));
    rejected("--video_out_path", "--video_path");
    assertThat(Path.of(options.get("--video_path"))).hasSize(length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--temp_dir", "--video_out_path"})
  void folderWhoseContentsAllUsersCanReplaceIsRefusedForStaging(String option) throws Exception {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    if (option.equals("--temp_dir")) {
      options.put(option, open.toString());
    } else {
      output = open.resolve("dubbed.mp4");
      options.put(option, output.toString());
    }
    rejected(
        open + ": all users can replace its contents; remove their write permission (chmod",
        "or name another folder with --temp_dir");
  }

  @Test
  void cacheFolderThatOthersCanReadIsRefused() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
    options.put("--cache_dir", cache.toString());
    rejected(
        "dub: --cache_dir "
            + cache.toRealPath()
            + ": other users can read or write it (mode 755);");
  }

  @Test
  void folderOfSegmentsIsCheckedBeforeTheWork() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("segments"));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
    options.put("--segment_cache", cache.toString());
    rejected(
        "dub: --segment_cache " + cache + ": other users can read or write it (mode 755);",
        "or name another folder with --segment_cache");
    Files.delete(cache);
    for (String size : List.of("0", "20", "-1g")) {
      options.put("--segment_cache_size", size);
      rejected("--segment_cache_size is " + size + ", but must be a size such as 500m or 20g");
    }
    assertThat(cache).doesNotExist();
  }

  @Test
  void cacheFolderThatCannotBeCreatedIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("a file"), "");
    options.put("--cache_dir", file.resolve("cache").toString());
    rejected("dub: --cache_dir: the folder " + file.resolve("cache") + " cannot be written to: ");
  }
}
