package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.CheckModelCommand;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models with malicious sizes or weights. */
@Tag("slow")
final class HostileModelTest {
  private static final String LAST_BIAS = "decoder.conv_out.bias";

  @TempDir Path folder;
  private ModelBundle nano;
  private Path weights;
  private Path output;

  @BeforeEach
  void model() throws IOException {
    nano = new NanoModels(folder).bundle();
    weights = Path.of(nano.vae()).resolve(GoldenData.VAE_WEIGHTS);
    output = folder.resolve("dubbed.mp4");
  }

  private CommandOutput dub(String... more) throws IOException {
    return dub(new NanoModels(folder).video(16), more);
  }

  private CommandOutput dub(Path video, String... more) throws IOException {
    List<String> command = new ArrayList<>(NanoModels.options(nano));
    command.add("--video_path=" + video);
    command.add("--audio_path=" + new NanoModels(folder).speech(0.5));
    command.add("--video_out_path=" + output);
    command.add("--inference_steps=2");
    command.add("--temp_dir=" + Files.createDirectories(folder.resolve("staging")));
    command.addAll(List.of(more));
    return CommandOutput.of("dub", new DubCommand(), command.toArray(String[]::new));
  }

  private CommandOutput check(String... more) {
    List<String> command = new ArrayList<>(NanoModels.options(nano));
    command.addAll(List.of(more));
    return CommandOutput.of("check-model", new CheckModelCommand(), command.toArray(String[]::new));
  }

  /** Gives all values of a tensor of the VAE another value. */
  private void spoil(String tensor, float value) throws IOException {
    TreeMap<String, Content> tensors = new TreeMap<>();
    try (Checkpoint whole = Checkpoint.open(weights)) {
      for (String name : whole.tensors().keySet()) {
        byte[] data = new byte[whole.data(name).remaining()];
        whole.data(name).get(data);
        if (name.equals(tensor)) {
          ByteBuffer values = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
          while (values.hasRemaining()) {
            values.putFloat(value);
          }
        }
        tensors.put(name, new Content(whole.tensors().get(name), data));
      }
    }
    CheckpointWriter.safetensors(weights, tensors);
  }

  /** The problem in one line, after the name of the command. */
  private static String problem(CommandOutput refused, ExitCode code) {
    assertThat(refused.errors()).hasSize(1);
    assertThat(refused.code()).isEqualTo(code.code());
    return refused.errors().get(0).replaceFirst("^[a-z-]+: ", "");
  }

  @Test
  void weightsThatAreNotFiniteAreRefusedByTheirTensor() throws IOException {
    spoil(LAST_BIAS, Float.NaN);
    String right =
        "--vae_path "
            + weights
            + ": tensor decoder.conv_out.bias has a value that is not a number (NaN); the"
            + " checkpoint cannot be used";
    assertThat(problem(check(), ExitCode.INVALID_INPUT)).isEqualTo(right);
    assertThat(problem(dub(), ExitCode.INVALID_INPUT)).isEqualTo(right);
    assertThat(output).doesNotExist();
  }

  @Test
  void weightsThatTheTypeCannotHoldAreRefused() throws IOException {
    spoil(LAST_BIAS, 70_000);
    String right =
        "--vae_path "
            + weights
            + ": tensor decoder.conv_out.bias has the value 70000.0, but FLOAT16 holds at most"
            + " 65504.0; use --dtype fp32";
    assertThat(problem(check("--dtype=fp16", "--device=cpu"), ExitCode.INVALID_INPUT))
        .isEqualTo(right);
    assertThat(check("--dtype=fp32", "--device=cpu").code()).isZero();
  }

  @Test
  void facesThatAreNotFiniteFailTheSegment() throws IOException {
    spoil("decoder.conv_in.bias", 3e38f);
    assertThat(problem(dub("--device=cpu", "--dtype=fp32"), ExitCode.FAILED))
        .matches(
            "the networks' face for source frame \\d+ contains (NaN|infinite values); use"
                + " --dtype fp32, or another checkpoint if it is fp32 already");
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet | \"resolution\":64 | \"resolution\":1073741824 | data.resolution is 1073741824; it"
            + " must be a multiple of 8 from 8 to 2048, such as 256 or 512",
        "unet | \"layers_per_block\":\\d+ | \"layers_per_block\":2147483647 |"
            + " model.layers_per_block is 2147483647; it must be a whole number from 1 to 16",
        "unet | \"in_channels\":13 | \"in_channels\":12 | model.in_channels is 12 and"
            + " model.out_channels is 4; for VAE, whose latents have 4 channels, they must be 13"
            + " and 4",
        "vae | \"layers_per_block\":\\d+ | \"layers_per_block\":2147483647 | is not a VAE config:"
            + " layers_per_block is 2147483647; it must be a whole number from 1 to 16"
      })
  void sizesAreRefusedBeforeTheAnalysis(String kind, String published, String wrong, String problem)
      throws IOException {
    boolean unet = kind.equals("unet");
    Path config = unet ? Path.of(nano.unetConfig()) : Path.of(nano.vae()).resolve("config.json");
    change(config, text -> text.replaceFirst(published, wrong));
    String right =
        "%s %s: %s"
            .formatted(
                unet ? "--unet_config_path" : "--vae_path",
                config,
                problem.replace("VAE, whose", nano.vae() + ", whose"));
    // The analysis would fail, because the video has no face.
    Path noFace = folder.resolve("no face.mp4");
    FfmpegProgram.ffmpeg(
        "-f", "lavfi", "-i", "color=gray:size=320x240:rate=25:duration=0.64", noFace.toString());
    assertThat(problem(dub(noFace), ExitCode.INVALID_INPUT)).isEqualTo(right);
    // Some commands of check-model read the same file.
    assertThat(check().errors()).contains("check-model: " + right);
    assertThat(check().code()).isEqualTo(ExitCode.INVALID_INPUT.code());
  }

  private static void change(Path file, UnaryOperator<String> change) throws IOException {
    String before = Files.readString(file);
    String after = change.apply(before);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(file, after);
  }
}
