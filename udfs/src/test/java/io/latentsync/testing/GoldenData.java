package io.latentsync.testing;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.SyncNetConfig;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.nn.networks.WhisperConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The reference implementation's results that are in the repository, and the small networks that
 * they were computed with, as files that users load. The README next to the data defines each
 * result.
 */
public final class GoldenData {
  /** The UNet with motion modules at all levels. */
  public static final String FULL = "full";

  /** The name of a VAE's weights in the diffusers layout. */
  public static final String VAE_WEIGHTS = "diffusion_pytorch_model.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FOLDER = "golden/";

  private final Path folder;

  /** Creates its files in a folder. */
  public GoldenData(Path folder) {
    this.folder = folder;
  }

  private static InputStream resource(String name) {
    return GoldenData.class.getResourceAsStream(FOLDER + name);
  }

  private static JsonNode configs() {
    try (InputStream in = resource("configs.json")) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All results of the reference implementation. */
  public Checkpoint reference() throws IOException {
    Path file = folder.resolve("reference.safetensors");
    if (!Files.exists(file)) {
      try (InputStream in = resource("reference.safetensors")) {
        Files.copy(in, file);
      }
    }
    return Checkpoint.open(file);
  }

  /** The names of the UNets. */
  public static List<String> unets() {
    return configs().get("unet").properties().stream().map(Map.Entry::getKey).toList();
  }

  /** A UNet's sizes, as the block {@code model} of its yaml. */
  public static JsonNode unetConfig(String name) {
    return configs().get("unet").get(name);
  }

  /** The checkpoint of a UNet with these sizes, in the published layout. */
  public Path unet(JsonNode config) throws IOException {
    Path file = folder.resolve("unet.pt");
    CheckpointWriter.unet(file, 1, Formula.weights("unet.", UNet3dConfig.parse(config).tensors()));
    return file;
  }

  /** A UNet of the given name, loaded on the CPU; the caller closes it. */
  public UNet3d loadUnet(String name, DataType type) throws IOException {
    JsonNode config = unetConfig(name);
    try (Checkpoint weights = Checkpoint.open(unet(config))) {
      return UNet3d.load(UNet3dConfig.parse(config), weights, Device.cpu(), type);
    }
  }

  /** The folder of the VAE in the diffusers layout. */
  public Path vae() throws IOException {
    Path vae = Files.createDirectories(folder.resolve("vae"));
    JsonNode config = configs().get("vae");
    Files.writeString(vae.resolve("config.json"), config.toString());
    CheckpointWriter.safetensors(
        vae.resolve(VAE_WEIGHTS),
        Formula.weights("vae.", AutoencoderKlConfig.parse(config).tensors()));
    return vae;
  }

  /** The VAE, loaded on the CPU; the caller closes it. */
  public AutoencoderKl loadVae(DataType type) throws IOException {
    AutoencoderKlConfig config = AutoencoderKlConfig.parse(configs().get("vae"));
    try (Checkpoint weights = Checkpoint.open(vae().resolve(VAE_WEIGHTS))) {
      return AutoencoderKl.load(config, weights, Device.cpu(), type);
    }
  }

  /** The sizes of the whisper encoder. */
  public static WhisperConfig whisperConfig() {
    JsonNode dims = configs().get("whisper");
    return new WhisperConfig(
        dims.get("n_mels").asInt(),
        dims.get("n_audio_ctx").asInt(),
        dims.get("n_audio_state").asInt(),
        dims.get("n_audio_head").asInt(),
        dims.get("n_audio_layer").asInt());
  }

  /** The checkpoint of the whisper encoder. */
  public Path whisper() throws IOException {
    Path file = folder.resolve("whisper.pt");
    WhisperConfig config = whisperConfig();
    CheckpointWriter.whisper(file, config.dims(), Formula.weights("whisper.", config.tensors()));
    return file;
  }

  /** The noise schedule, as {@code scheduler_config.json}. */
  public Path scheduler() throws IOException {
    Path file = folder.resolve("scheduler_config.json");
    return Files.writeString(file, configs().get("scheduler").toString());
  }

  /** The checkpoint of a SyncNet of a sixteenth of the published width; it has no golden data. */
  public Path syncNet() throws IOException {
    SyncNetConfig config =
        new SyncNetConfig(
            List.of(16, 16, 16, 16, 16, 32), List.of(16, 16, 16, 16, 16, 32), 32, 32, 64);
    Path file = folder.resolve("syncnet.model");
    CheckpointWriter.safetensors(file, Formula.weights("syncnet.", config.tensors()));
    return file;
  }
}
