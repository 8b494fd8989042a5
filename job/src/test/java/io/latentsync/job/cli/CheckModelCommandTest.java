package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.CommandOutput;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckModelCommandTest {
  @TempDir Path folder;
  private ModelBundle nano;

  @BeforeEach
  void models() throws IOException {
    nano = new NanoModels(folder).bundle();
  }

  private static CommandOutput run(String... arguments) {
    return CommandOutput.of("check-model", new CheckModelCommand(), arguments);
  }

  /** The check of all small networks. */
  private CommandOutput runOnAll(String... more) {
    List<String> arguments = new ArrayList<>(NanoModels.options(nano));
    Collections.addAll(arguments, more);
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void goodCheckpointsAreDescribed() throws IOException {
    CommandOutput output = runOnAll("--syncnet_path=" + new NanoModels(folder).syncNet());
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    assertThat(
            output
                .out()
                .lines()
                .filter(line -> !line.startsWith(" "))
                .map(line -> line.split(" +", 2)[0]))
        .containsExactly("UNet", "VAE", "whisper", "SyncNet", "widths", "latents", "numbers");
    assertThat(output.out())
        .contains(Path.of(nano.unet()).getFileName() + ": ")
        .contains("FLOAT32")
        .contains("64 pixels, chunks of 16 frames")
        .contains("embeddings of width");
  }

  @Test
  void everyKindOfLayerIsListedWithItsError() {
    CommandOutput output = runOnAll("--dtype=bf16", "--device=cpu");
    assertThat(output.code()).isZero();
    assertThat(output.out().lines().filter(line -> line.startsWith("  ")))
        .allMatch(line -> line.matches("  (UNet|VAE|whisper) .* right \\(at most 0\\.0.*\\)"))
        .anyMatch(line -> line.matches("  UNet +BFLOAT16 +convolution \\d+×13×3×3, stride 1 .*"))
        .anyMatch(line -> line.matches("  VAE +BFLOAT16 +attention of width \\d+, heads 1 .*"))
        .anyMatch(line -> line.matches("  whisper +FLOAT32 +convolution \\d+×\\d+×3, stride 2 .*"));
    assertThat(run("--whisper_path=" + nano.whisper(), "--dtype=int8").errors())
        .containsExactly("check-model: --dtype is int8, but must be auto or fp32 or fp16 or bf16");
  }

  @Test
  void aDamagedFileIsNamedAndTheOthersAreStillChecked() throws IOException {
    byte[] whole = Files.readAllBytes(Path.of(nano.unet()));
    Path damaged = Files.write(folder.resolve("half.pt"), Arrays.copyOf(whole, whole.length / 2));
    CommandOutput output =
        run(
            "--unet_config_path=" + nano.unetConfig(),
            "--inference_ckpt_path=" + damaged,
            "--vae_path=" + nano.vae());
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors()).hasSize(1);
    assertThat(output.errors().get(0)).contains("half.pt");
    assertThat(output.out()).startsWith("VAE ");
    assertThat(output.out().lines()).noneMatch(line -> line.startsWith("UNet"));
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefusedWithTheMissingTensors() {
    CommandOutput output =
        run("--unet_config_path=" + nano.unetConfig(), "--inference_ckpt_path=" + nano.whisper());
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors().get(0)).contains("missing", "conv_in.weight", "superfluous");
  }

  @Test
  void aWhisperOfAnotherWidthThanTheUnetExpectsIsRefused() throws IOException {
    String config = Files.readString(Path.of(nano.unetConfig()));
    Path wider =
        Files.writeString(
            folder.resolve("wider.yaml"),
            config.replaceAll("\"cross_attention_dim\":\\d+", "\"cross_attention_dim\":768"));
    CommandOutput output = run("--unet_config_path=" + wider, "--whisper_path=" + nano.whisper());
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.out()).startsWith("whisper ");
    assertThat(output.errors()).hasSize(1);
    assertThat(output.errors().get(0)).contains("cross_attention_dim 768");
  }

  @Test
  void missingFilesAndOptionsAreNamed() {
    String missing = folder.resolve("not there.pt").toString();
    CommandOutput output = run("--whisper_path=" + missing);
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors().get(0)).contains(missing, "no such file");
    assertThat(run().code()).isEqualTo(2);
    assertThat(run().errors().get(0)).contains("--inference_ckpt_path");
    assertThat(run("--inference_ckpt_path=" + nano.unet()).errors().get(0))
        .contains("--unet_config_path is missing");
    assertThat(run("--no_such_option").code()).isEqualTo(2);
  }
}
