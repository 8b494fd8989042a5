package io.latentsync.nn;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.SortedMap;

/** Sizes of the denoising network. */
@SuppressWarnings("DoNotCallSuggester")
public record UNet3dConfig(int inChannels, int outChannels, int crossAttentionDim) {
  /** Reads the block {@code model}. */
  public static UNet3dConfig parse(JsonNode model) {
    throw new UnsupportedOperationException();
  }

  /** Expected tensors. */
  public SortedMap<String, long[]> tensors() {
    throw new UnsupportedOperationException();
  }
}
