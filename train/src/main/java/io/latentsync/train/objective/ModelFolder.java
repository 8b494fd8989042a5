package io.latentsync.train.objective;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.networks.AutoencoderKl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The folder of a trained model, with the layout of the published one: {@code unet.yaml}, {@code
 * latentsync_unet.pt}, {@code sd-vae-ft-mse/}, {@code whisper/tiny.pt}. Weights are FLOAT16.
 */
public record ModelFolder(Path folder) {

  /** The autoencoder's weights. */
  public Path vaeWeights() {
    return folder.resolve("sd-vae-ft-mse/diffusion_pytorch_model.safetensors");
  }

  /** The options of the dub command that name this model. */
  public List<String> dubOptions() {
    return List.of(
        "--blend=seamless",
        "--unet_config_path=" + folder.resolve("unet.yaml"),
        "--inference_ckpt_path=" + folder.resolve("latentsync_unet.pt"));
  }

  public void writeVae(NetworkConfigs config, Map<String, NDArray> weights) throws IOException {
    CheckpointWriter.safetensors(vaeWeights(), contents(weights));
    Files.writeString(vaeWeights().resolveSibling("config.json"), config.vaeText());
  }

  public AutoencoderKl readVae(NetworkConfigs config) throws IOException {
    try (Checkpoint weights = Checkpoint.open(vaeWeights())) {
      return AutoencoderKl.load(config.vae(), weights, Device.cpu(), DataType.FLOAT32);
    }
  }

  public void writeUnet(NetworkConfigs config, long step, Map<String, NDArray> weights)
      throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("unet.yaml"), config.unetText());
    CheckpointWriter.unet(folder.resolve("latentsync_unet.pt"), step, contents(weights));
  }

  /**
   * Writes the audio encoder.
   *
   * @param scope owner of the positional encoding
   * @param learnt weights of the audio encoder; others are ignored
   */
  public void writeWhisper(NDManager scope, NetworkConfigs config, Map<String, NDArray> learnt)
      throws IOException {
    Map<String, NDArray> weights =
        config.withWhisperTables(scope, AudioObjective.whisperOf(learnt));
    CheckpointWriter.whisper(
        folder.resolve("whisper/tiny.pt"), config.whisper().dims(), contents(weights));
  }

  private static SortedMap<String, Content> contents(Map<String, NDArray> weights) {
    SortedMap<String, Content> contents = new TreeMap<>();
    weights.forEach((name, weight) -> contents.put(name, Content.of(weight, DataType.FLOAT16)));
    return contents;
  }
}
