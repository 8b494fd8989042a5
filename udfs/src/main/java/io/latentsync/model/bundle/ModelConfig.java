package io.latentsync.model.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.PredictionType;
import io.latentsync.nn.networks.ConfigText;
import io.latentsync.nn.networks.UNet3dConfig;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the original's UNet yaml says: the block {@code data} (sizes of the pictures and of the
 * audio context) and the block {@code model} (the network). A file with the model block alone, such
 * as a {@code config.json}, stands for 256 pixels, chunks of 16 frames and speech of five. A block
 * {@code scheduler} may say what the network predicts; the published ones predict the noise and
 * have none.
 *
 * @param resolution side of the aligned face in pixels, a multiple of 8
 * @param chunkFrames frames that the network denoises together
 * @param context the speech that a frame is conditioned on
 * @param predictionType what the network predicts
 * @param unet the network
 */
public record ModelConfig(
    int resolution,
    int chunkFrames,
    AudioContext context,
    PredictionType predictionType,
    UNet3dConfig unet) {
  private static final int DEFAULT_RESOLUTION = 256;

  /** Frames of a chunk where the config names none: as in the published ones. */
  public static final int DEFAULT_CHUNK_FRAMES = 16;

  /**
   * Reads a yaml or json file.
   *
   * @throws IOException if it cannot be read or a value is missing or out of range; the message
   *     names the file, the field and what would be right
   */
  public static ModelConfig read(Path file) throws IOException {
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(ConfigText.read(file));
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": is not valid yaml or json: " + e.getOriginalMessage(), e);
    }
    if (root == null || !root.isObject()) {
      throw new IOException(file + ": is not a UNet config; expected a yaml with data and model");
    }
    try {
      JsonNode data = root.path("data");
      int resolution = positive(data, "resolution", DEFAULT_RESOLUTION);
      if (resolution % 8 != 0) {
        throw new IllegalArgumentException(
            "data.resolution is "
                + resolution
                + "; it must be a multiple of 8, such as 256 or 512");
      }
      UNet3dConfig unet = UNet3dConfig.parse(root.has("model") ? root.get("model") : root);
      return new ModelConfig(
          resolution, chunkFrames(root), context(root), predictionType(root), unet);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The value of {@code scheduler.prediction_type} of a UNet's yaml, the noise where there is none.
   *
   * @throws IllegalArgumentException if it is none of the types
   */
  public static PredictionType predictionType(JsonNode root) {
    return PredictionType.of(
        root.path("scheduler").path("prediction_type").asText(PredictionType.EPSILON.toString()));
  }

  /**
   * The value of {@code data.audio_feat_length} of a UNet's yaml, as of the published ones where
   * there is none.
   *
   * @throws IllegalArgumentException if it is not two whole numbers of 0 or more
   */
  public static AudioContext context(JsonNode root) {
    JsonNode value = root.path("data").path("audio_feat_length");
    if (value.isMissingNode()) {
      return AudioContext.REFERENCE;
    }
    if (value.size() != 2 || !isCount(value.path(0)) || !isCount(value.path(1))) {
      throw new IllegalArgumentException(
          "data.audio_feat_length is "
              + value
              + "; it must be two whole numbers of 0 or more, such as [2, 2]: the frames before and"
              + " after its own whose speech a frame is conditioned on");
    }
    return new AudioContext(value.get(0).asInt(), value.get(1).asInt());
  }

  /**
   * The value of {@code data.num_frames} of a UNet's yaml, {@link #DEFAULT_CHUNK_FRAMES} where
   * there is none.
   *
   * @throws IllegalArgumentException if it is not a whole number above 0
   */
  public static int chunkFrames(JsonNode root) {
    return positive(root.path("data"), "num_frames", DEFAULT_CHUNK_FRAMES);
  }

  private static boolean isCount(JsonNode value) {
    return value.isInt() && value.asInt() >= 0;
  }

  private static int positive(JsonNode data, String field, int otherwise) {
    JsonNode value = data.path(field);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isInt() || value.asInt() < 1) {
      throw new IllegalArgumentException(
          "data." + field + " is " + value + "; it must be a whole number above 0");
    }
    return value.asInt();
  }
}
