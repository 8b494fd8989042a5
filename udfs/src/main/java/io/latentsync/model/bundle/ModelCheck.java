package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.nn.networks.SyncNetConfig;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.nn.networks.WhisperEncoder;
import io.latentsync.nn.torch.LayerAccuracy;
import io.latentsync.nn.torch.NumericCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks checkpoints: each tensor exists, has the right shape, lies inside the file and has finite
 * values. Also checks that this machine computes the layers of such networks correctly.
 */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * Checks the checkpoint of a denoiser.
   *
   * @param config the denoiser's yaml
   * @param precision element type of its arithmetic on the device; the weights must be finite in it
   * @return a summary in one line
   * @throws IOException naming the file and what is wrong with it
   */
  public static String unet(Path config, Path checkpoint, Precision precision, Device device)
      throws IOException {
    ModelConfig sizes = ModelConfig.read(config);
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      UNet3d.requireFit(sizes.unet(), opened);
      UNet3d.requireFinite(sizes.unet(), opened, precision.on(device));
      return "%s; %d pixels, chunks of %d frames, audio features of width %d, %d rows a frame"
          .formatted(
              contents(opened),
              sizes.resolution(),
              sizes.chunkFrames(),
              sizes.unet().crossAttentionDim(),
              sizes.context().rows());
    }
  }

  /**
   * Checks the weights of an autoencoder.
   *
   * @param folder in the diffusers layout
   * @param precision element type of its arithmetic on the device; the weights must be finite in it
   * @return a summary in one line
   * @throws IOException naming the file and what is wrong with it
   */
  public static String vae(Path folder, Precision precision, Device device) throws IOException {
    AutoencoderKlConfig sizes = Models.vaeConfig(folder);
    try (Checkpoint opened = Checkpoint.open(Models.vaeWeights(folder))) {
      AutoencoderKl.requireFit(sizes, opened);
      AutoencoderKl.requireFinite(sizes, opened, precision.on(device));
      return contents(opened);
    }
  }

  /**
   * Checks the checkpoint of an audio encoder.
   *
   * @return a summary in one line
   * @throws IOException naming the file and what is wrong with it
   */
  public static String whisper(Path checkpoint) throws IOException {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      WhisperConfig sizes = WhisperEncoder.requireFit(opened);
      WhisperEncoder.requireFinite(sizes, opened);
      return "%s; audio features of width %d, %d layers"
          .formatted(contents(opened), sizes.audioState(), sizes.audioLayers());
    }
  }

  /**
   * Passes if a denoiser can be conditioned on an audio encoder's features.
   *
   * @param config the denoiser's yaml
   * @throws IOException naming both widths otherwise
   */
  public static void requireSameWidth(Path config, Path whisper) throws IOException {
    ModelConfig sizes = ModelConfig.read(config);
    try (Checkpoint opened = Checkpoint.open(whisper)) {
      Models.requireSameWidth(
          whisper.toString(), WhisperConfig.of(opened), config.toString(), sizes);
    }
  }

  /**
   * Passes if a denoiser works on an autoencoder's latents.
   *
   * @param config the denoiser's yaml
   * @param vae folder in the diffusers layout
   * @throws IOException naming both sizes otherwise
   */
  public static void requireSameLatents(Path config, Path vae) throws IOException {
    Models.requireSameLatents(
        config.toString(), ModelConfig.read(config), vae.toString(), Models.vaeConfig(vae));
  }

  /**
   * Checks the checkpoint of SyncNet.
   *
   * @return a summary in one line
   * @throws IOException naming the file and what is wrong with it
   */
  public static String syncNet(Path checkpoint) throws IOException {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      SyncNetConfig sizes = SyncNet.requireFit(opened);
      SyncNet.requireFinite(sizes, opened);
      return "%s; embeddings of width %d".formatted(contents(opened), sizes.embedding());
    }
  }

  /**
   * The errors of a denoiser's layers on a device.
   *
   * @param config its yaml
   * @throws IOException if it cannot be read
   */
  public static List<LayerAccuracy> unetNumbers(Path config, Precision precision, Device device)
      throws IOException {
    return NumericCheck.of(ModelConfig.read(config).unet().kinds(), device, precision.on(device));
  }

  /**
   * The errors of an autoencoder's layers on a device.
   *
   * @param folder in the diffusers layout
   * @throws IOException if it has no readable config
   */
  public static List<LayerAccuracy> vaeNumbers(Path folder, Precision precision, Device device)
      throws IOException {
    return NumericCheck.of(Models.vaeConfig(folder).kinds(), device, precision.on(device));
  }

  /**
   * The errors of an audio encoder's layers on a device, in FLOAT32.
   *
   * @throws IOException if the checkpoint cannot be read
   */
  public static List<LayerAccuracy> whisperNumbers(Path checkpoint, Device device)
      throws IOException {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      return NumericCheck.of(WhisperConfig.of(opened).kinds(), device, DataType.FLOAT32);
    }
  }

  /**
   * The errors of SyncNet's layers on a device, in FLOAT32.
   *
   * @throws IOException if the checkpoint cannot be read
   */
  public static List<LayerAccuracy> syncNetNumbers(Path checkpoint, Device device)
      throws IOException {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      return NumericCheck.of(SyncNetConfig.of(opened).kinds(), device, DataType.FLOAT32);
    }
  }

  private static String contents(Checkpoint checkpoint) throws IOException {
    long parameters = 0;
    Set<TensorInfo.Type> types = new TreeSet<>();
    for (Map.Entry<String, TensorInfo> tensor : checkpoint.tensors().entrySet()) {
      requireInside(checkpoint, tensor.getKey());
      parameters += tensor.getValue().elements();
      types.add(tensor.getValue().type());
    }
    return String.format(
        Locale.ROOT,
        "%s: %d tensors, %.2f million values, %s, %.1f MiB",
        checkpoint.file().getFileName(),
        checkpoint.tensors().size(),
        parameters / 1e6,
        String.join(" and ", types.stream().map(TensorInfo.Type::name).toList()),
        Files.size(checkpoint.file()) / (double) (1 << 20));
  }

  /** Maps the tensor's bytes, which fails if the file is too short for them. */
  private static void requireInside(Checkpoint checkpoint, String name) throws CheckpointException {
    long mapped = checkpoint.data(name).remaining();
    long expected = checkpoint.tensors().get(name).bytes();
    if (mapped != expected) {
      throw new CheckpointException(
          checkpoint.file(),
          "tensor %s has %d bytes, but should have %d".formatted(name, mapped, expected));
    }
  }
}
