package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.torch.LayerKind;
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
 * @param audioContext feature rows of a window; the window has twice as many mel columns
 * @param audioState width of the features
 * @param audioHeads attention heads
 * @param audioLayers transformer blocks
 */
public record WhisperConfig(
    int mels, int audioContext, int audioState, int audioHeads, int audioLayers) {

  /**
   * Reads the dims of a checkpoint.
   *
   * @throws CheckpointException if one is missing or out of range
   */
  public static WhisperConfig of(Checkpoint checkpoint) throws CheckpointException {
    WhisperConfig config =
        new WhisperConfig(
            dimension(checkpoint, "n_mels"),
            dimension(checkpoint, "n_audio_ctx"),
            dimension(checkpoint, "n_audio_state"),
            dimension(checkpoint, "n_audio_head"),
            dimension(checkpoint, "n_audio_layer"));
    if (config.audioState % config.audioHeads != 0) {
      throw new CheckpointException(
          checkpoint.file(),
          "dims.n_audio_head is %d; it must be a divisor of dims.n_audio_state %d"
              .formatted(config.audioHeads, config.audioState));
    }
    return config;
  }

  /** All dims by Whisper's names. There is no decoder; its dims are 0. */
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
   * Reads the dims as JSON has them.
   *
   * @throws IllegalArgumentException if one is missing or out of range; the message names it
   */
  public static WhisperConfig parse(JsonNode dims) {
    ConfigFields fields = new ConfigFields(dims, "");
    WhisperConfig config =
        new WhisperConfig(
            fields.positive("n_mels"),
            fields.positive("n_audio_ctx"),
            fields.positive("n_audio_state"),
            fields.positive("n_audio_head"),
            fields.positive("n_audio_layer"));
    if (config.audioState % config.audioHeads != 0) {
      throw fields.wrong("n_audio_head", config.audioHeads, "a divisor of n_audio_state");
    }
    return config;
  }

  private static int dimension(Checkpoint checkpoint, String name) throws CheckpointException {
    Number value = checkpoint.scalars().get("dims." + name);
    if (value == null || value.intValue() < 1 || value.intValue() != value.doubleValue()) {
      throw new CheckpointException(
          checkpoint.file(),
          "dims."
              + name
              + (value == null ? " is missing" : " is " + value)
              + "; a Whisper checkpoint has a whole number above 0 there");
    }
    return value.intValue();
  }

  /** Names and row-major shapes of the encoder's tensors in the checkpoint's state dict. */
  public SortedMap<String, long[]> tensors() {
    return layout().tensors();
  }

  /** The distinct kinds of its layers, in the order of their first layers. */
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
