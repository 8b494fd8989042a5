package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.PredictionType;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.ConfigText;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.nn.networks.WhisperConfig;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The sizes of a model to be trained: the configuration files that are written with its weights.
 *
 * @param resolution side of the faces in pixels
 * @param chunkFrames frames that the denoiser denoises together
 * @param context the speech that a frame is conditioned on
 * @param unet the denoiser
 * @param vae the autoencoder
 * @param whisper the audio encoder
 * @param unetText text of the UNet's yaml
 * @param vaeText text of the autoencoder's config.json
 */
public record NetworkConfigs(
    int resolution,
    int chunkFrames,
    AudioContext context,
    UNet3dConfig unet,
    AutoencoderKlConfig vae,
    WhisperConfig whisper,
    String unetText,
    String vaeText) {
  private static final String MOTION_TABLE = ".pos_encoder.pe";
  private static final String WHISPER_TABLE = "encoder.positional_embedding";

  /**
   * The model of the demonstration.
   *
   * @throws IOException if its files on the class path are damaged
   */
  public static NetworkConfigs nano() throws IOException {
    return parse(text("unet.yaml"), text("vae.json"), text("whisper.json"));
  }

  /**
   * Reads the files {@code unet.yaml}, {@code vae.json} and {@code whisper.json} of a folder.
   *
   * @throws IOException if one is missing or not valid; the message names the file and the field
   */
  public static NetworkConfigs read(Path folder) throws IOException {
    Path unet = folder.resolve("unet.yaml");
    Path vae = folder.resolve("vae.json");
    Path whisper = folder.resolve("whisper.json");
    ModelConfig.read(unet);
    requireValid(vae, AutoencoderKlConfig::parse);
    requireValid(whisper, WhisperConfig::parse);
    return parse(ConfigText.read(unet), ConfigText.read(vae), ConfigText.read(whisper));
  }

  /** Parses one file alone, so that the message names it. */
  private static void requireValid(Path file, Consumer<JsonNode> parser) throws IOException {
    try {
      parser.accept(new ObjectMapper().readTree(ConfigText.read(file)));
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          "%s: is not valid JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Parses the three configurations.
   *
   * @param unet the reference's yaml, of a denoiser that predicts the sample
   * @param vae diffusers' config.json
   * @param whisper Whisper's dims, as JSON
   * @throws IOException if one is not valid
   */
  public static NetworkConfigs parse(String unet, String vae, String whisper) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode yaml = new YAMLMapper().readTree(unet);
    PredictionType type = ModelConfig.predictionType(yaml);
    if (type != PredictionType.SAMPLE) {
      throw new IOException(
          "unet.yaml: scheduler.prediction_type is %s, but must be %s, the only one that training supports"
              .formatted(type, PredictionType.SAMPLE));
    }
    UNet3dConfig network = UNet3dConfig.parse(yaml.path("model"));
    return new NetworkConfigs(
        ModelConfig.resolution(yaml),
        ModelConfig.chunkFrames(yaml, network),
        ModelConfig.context(yaml),
        network,
        AutoencoderKlConfig.parse(json.readTree(vae)),
        WhisperConfig.parse(json.readTree(whisper)),
        unet,
        vae);
  }

  private static String text(String name) throws IOException {
    try (InputStream stream = NetworkConfigs.class.getResourceAsStream("nano/" + name)) {
      if (stream == null) {
        throw new FileNotFoundException(
            "the class path lacks io/latentsync/train/objective/nano/" + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The denoiser's tensors without the positional encodings. */
  SortedMap<String, long[]> learntUnet() {
    SortedMap<String, long[]> tensors = new TreeMap<>(unet.tensors());
    tensors.keySet().removeIf(name -> name.endsWith(MOTION_TABLE));
    return tensors;
  }

  /** The audio encoder's tensors without the positional encoding. */
  SortedMap<String, long[]> learntWhisper() {
    SortedMap<String, long[]> tensors = new TreeMap<>(whisper.tensors());
    tensors.remove(WHISPER_TABLE);
    return tensors;
  }

  /** Adds the positional encodings. */
  public SortedMap<String, NDArray> withUnetTables(
      NDManager manager, SortedMap<String, NDArray> learnt) {
    SortedMap<String, NDArray> all = new TreeMap<>(learnt);
    unet.tensors()
        .forEach(
            (name, shape) -> {
              if (name.endsWith(MOTION_TABLE)) {
                float[] table = Sinusoids.interleaved((int) shape[1], (int) shape[2]);
                all.put(name, manager.create(table, new Shape(shape)));
              }
            });
    return all;
  }

  /** Adds the positional encoding. */
  SortedMap<String, NDArray> withWhisperTables(
      NDManager manager, SortedMap<String, NDArray> learnt) {
    SortedMap<String, NDArray> all = new TreeMap<>(learnt);
    float[] table = Sinusoids.halved(whisper.audioContext(), whisper.audioState());
    all.put(
        WHISPER_TABLE,
        manager.create(table, new Shape(whisper.audioContext(), whisper.audioState())));
    return all;
  }
}
