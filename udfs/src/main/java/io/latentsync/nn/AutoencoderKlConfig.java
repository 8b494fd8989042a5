package io.latentsync.nn;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.SortedMap;

/** Sizes of the autoencoder. */
@SuppressWarnings("DoNotCallSuggester")
public record AutoencoderKlConfig(int latentChannels, double scalingFactor, double shiftFactor) {
  /** Reads a {@code config.json}. */
  public static AutoencoderKlConfig parse(JsonNode config) {
    throw new UnsupportedOperationException();
  }

  /** Expected tensors. */
  public SortedMap<String, long[]> tensors() {
    throw new UnsupportedOperationException();
  }
}
