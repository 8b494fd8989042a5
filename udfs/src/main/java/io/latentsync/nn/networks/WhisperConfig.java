package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.torch.LayerKind;
import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * Sizes of the audio encoder, the {@code dims} of a Whisper checkpoint.
 *
 * @param mels bins of the log-mel spectrogram
 * @param audioContext feature rows per window; the window has twice as many mel columns
 * @param audioState width of the features
 * @param audioHeads attention heads
 * @param audioLayers transformer blocks
 */
public record WhisperConfig(
    int mels, int audioContext, int audioState, int audioHeads, int audioLayers) {
  private static final int MELS = 80;
  private static final int CONTEXT = 1500;

  /**
   * Reads the dims of a checkpoint.
   *
   * @throws CheckpointException if a value is missing or out of range
   */
  public static WhisperConfig of(Checkpoint checkpoint) throws CheckpointException {
    ObjectNode dims = JsonNodeFactory.instance.objectNode();
    checkpoint.section("dims").scalars().forEach((name, value) -> dims.set(name, node(value)));
    try {
      return of(new ConfigFields(dims, "dims."));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          checkpoint.file(), "is not a usable Whisper checkpoint: " + e.getMessage(), e);
    }
  }

  private static JsonNode node(Number value) {
    if (value instanceof Integer || value instanceof Long) {
      return JsonNodeFactory.instance.numberNode(value.longValue());
    }
    return value instanceof BigInteger large
        ? JsonNodeFactory.instance.numberNode(large)
        : JsonNodeFactory.instance.numberNode(value.doubleValue());
  }

  /** All dims by Whisper's names. The dims of the decoder are 0. */
  public Map<String, Integer> dims() {
    Map<String, Integer> dims = new LinkedHashMap<>();
    dims.put("n_mels", mels);
    dims.put("n_audio_ctx", audioContext);
    dims.put("n_audio_state", audioState);
    dims.put("n_audio_head", audioHeads);
    dims.put("n_audio_layer", audioLayers);
    for (String absent :
        List.of("n_vocab", "n_text_ctx", "n_text_state", "n_text_head", "n_text_layer")) {
      dims.put(absent, 0);
    }
    return Collections.unmodifiableMap(dims);
  }

  /**
   * Reads the dims from JSON.
   *
   * @throws IllegalArgumentException if a value is missing or out of range; the message names it
   */
  public static WhisperConfig parse(JsonNode dims) {
    return of(new ConfigFields(dims, ""));
  }

  /** All supported checkpoints have the same number of mel bins and the same window length. */
  private static WhisperConfig of(ConfigFields fields) {
    WhisperConfig config =
        new WhisperConfig(
            fields.exactly("n_mels", MELS),
            fields.exactly("n_audio_ctx", CONTEXT),
            fields.positive("n_audio_state", SizeLimits.WIDTH),
            fields.positive("n_audio_head", SizeLimits.HEADS),
            fields.positive("n_audio_layer", SizeLimits.AUDIO_LAYERS));
    if (config.audioState % config.audioHeads != 0) {
      throw fields.wrong("n_audio_head", config.audioHeads, "a divisor of n_audio_state");
    }
    return config;
  }

  /** Names and row-major shapes of the encoder's tensors in the checkpoint's state dict. */
  public SortedMap<String, long[]> tensors() {
    return layout().tensors();
  }

  /** The distinct kinds of its layers, in order of first occurrence. */
  public Set<LayerKind> kinds() {
    return layout().kinds();
  }

  private NetworkLayout layout() {
    NetworkLayout layout = new NetworkLayout();
    layout.tensor("encoder.positional_embedding", audioContext, audioState);
    layout.convolution("encoder.conv1", 1, audioState, mels, 3);
    layout.convolution("encoder.conv2", 2, audioState, audioState, 3);
    for (int i = 0; i < audioLayers; i++) {
      String block = "encoder.blocks." + i;
      layout.layerNorm(block + ".attn_ln", audioState);
      layout.linear(block + ".attn.query", audioState, audioState);
      layout.projection(block + ".attn.key", audioState, audioState);
      layout.linear(block + ".attn.value", audioState, audioState);
      layout.attention(audioState, audioHeads);
      layout.linear(block + ".attn.out", audioState, audioState);
      layout.layerNorm(block + ".mlp_ln", audioState);
      layout.linear(block + ".mlp.0", 4 * audioState, audioState);
      layout.linear(block + ".mlp.2", audioState, 4 * audioState);
    }
    layout.layerNorm("encoder.ln_post", audioState);
    return layout;
  }
}
