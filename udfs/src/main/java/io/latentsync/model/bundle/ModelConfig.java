package io.latentsync.model.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.PredictionType;
import io.latentsync.nn.networks.ConfigText;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The original's UNet yaml: the block {@code data} (sizes of the pictures and of the audio context)
 * and the block {@code model} (the network). A file with only the model block, such as a {@code
 * config.json}, means 256 pixels, chunks of 16 frames and an audio context of five frames. An
 * optional block {@code scheduler} defines the predicted quantity; the published networks have none
 * and predict the noise.
 *
 * @param resolution side of the aligned face in pixels, a multiple of 8 up to 2048
 * @param chunkFrames frames that the network denoises together
 * @param context the speech that a frame is conditioned on
 * @param predictionType the quantity that the network predicts
 * @param unet the network
 */
public record ModelConfig(
    int resolution,
    int chunkFrames,
    AudioContext context,
    PredictionType predictionType,
    UNet3dConfig unet) {
  private static final int DEFAULT_RESOLUTION = 256;

  /** Four times the largest published resolution. The networks' work grows with its square. */
  private static final int LARGEST_RESOLUTION = 2048;

  private static final int MOST_CHUNK_FRAMES = 256;
  private static final int MOST_CONTEXT = 100;

  /** Maximum number of characters of a value in a message. */
  private static final int LONGEST_QUOTE = 200;

  /** Frames of a chunk if the config does not define them, as in the published ones. */
  public static final int DEFAULT_CHUNK_FRAMES = 16;

  /**
   * Reads a yaml or json file.
   *
   * @throws IOException if it cannot be read or a value is missing or out of range; the message
   *     names the file, the field and the valid values
   */
  public static ModelConfig read(Path file) throws IOException {
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(ConfigText.read(file));
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": is not valid yaml or json: " + ConfigText.problem(e), e);
    }
    if (root == null || !root.isObject()) {
      throw new IOException(file + ": is not a UNet config; expected a yaml with data and model");
    }
    try {
      UNet3dConfig unet = UNet3dConfig.parse(root.has("model") ? root.get("model") : root);
      return new ModelConfig(
          resolution(root), chunkFrames(root, unet), context(root), predictionType(root), unet);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + Printable.line(e.getMessage()), e);
    }
  }

  /**
   * The value of {@code scheduler.prediction_type} of a UNet's yaml; the noise if it is missing.
   *
   * @throws IllegalArgumentException if it is none of the types
   */
  public static PredictionType predictionType(JsonNode root) {
    return PredictionType.of(
        root.path("scheduler").path("prediction_type").asText(PredictionType.EPSILON.toString()));
  }

  /**
   * The value of {@code data.audio_feat_length} of a UNet's yaml; that of the published ones if it
   * is missing.
   *
   * @throws IllegalArgumentException if it is not two whole numbers from 0 to 100
   */
  public static AudioContext context(JsonNode root) {
    JsonNode value = root.path("data").path("audio_feat_length");
    if (value.isMissingNode()) {
      return AudioContext.REFERENCE;
    }
    if (value.size() != 2
        || !isWhole(value.path(0), 0, MOST_CONTEXT)
        || !isWhole(value.path(1), 0, MOST_CONTEXT)) {
      throw new IllegalArgumentException(
          "data.audio_feat_length is "
              + quoted(value)
              + "; it must be two whole numbers from 0 to "
              + MOST_CONTEXT
              + ", such as [2, 2]: the frames before and"
              + " after its own whose speech a frame is conditioned on");
    }
    return new AudioContext(value.get(0).asInt(), value.get(1).asInt());
  }

  /**
   * The value of {@code data.resolution} of a UNet's yaml; 256 if it is missing.
   *
   * @throws IllegalArgumentException if it is not a multiple of 8 from 8 to 2048
   */
  public static int resolution(JsonNode root) {
    JsonNode value = root.path("data").path("resolution");
    if (value.isMissingNode()) {
      return DEFAULT_RESOLUTION;
    }
    if (!isWhole(value, 8, LARGEST_RESOLUTION) || value.asInt() % 8 != 0) {
      throw new IllegalArgumentException(
          "data.resolution is %s; it must be a multiple of 8 from 8 to %d, such as 256 or 512"
              .formatted(quoted(value), LARGEST_RESOLUTION));
    }
    return value.asInt();
  }

  /**
   * The value of {@code data.num_frames} of a UNet's yaml; {@link #DEFAULT_CHUNK_FRAMES} if it is
   * missing.
   *
   * @throws IllegalArgumentException if it is not a whole number from 1 to 256, or more than the
   *     motion modules' number of positions
   */
  public static int chunkFrames(JsonNode root, UNet3dConfig unet) {
    JsonNode value = root.path("data").path("num_frames");
    int most = Math.min(MOST_CHUNK_FRAMES, unet.maxFrames());
    if (value.isMissingNode() && DEFAULT_CHUNK_FRAMES <= most) {
      return DEFAULT_CHUNK_FRAMES;
    }
    if (!isWhole(value, 1, most)) {
      throw new IllegalArgumentException(
          "data.num_frames is %s; it must be a whole number from 1 to %d%s"
              .formatted(
                  value.isMissingNode() ? "missing" : quoted(value),
                  most,
                  most < MOST_CHUNK_FRAMES
                      ? ", the number of frames that the motion modules support"
                      : ""));
    }
    return value.asInt();
  }

  private static boolean isWhole(JsonNode value, int least, int most) {
    return value.isInt() && value.asInt() >= least && value.asInt() <= most;
  }

  private static String quoted(JsonNode value) {
    String text = value.toString();
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…";
  }
}
