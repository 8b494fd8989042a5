package io.latentsync.nn;

import java.util.SortedMap;

/** Sizes of the audio encoder. */
@SuppressWarnings("DoNotCallSuggester")
public record WhisperConfig(
    int mels, int audioContext, int audioState, int audioHeads, int audioLayers) {
  /** Reads {@code dims.*}. */
  public static WhisperConfig of(Checkpoint checkpoint) throws CheckpointException {
    throw new UnsupportedOperationException();
  }

  /** Expected tensors. */
  public SortedMap<String, long[]> tensors() {
    throw new UnsupportedOperationException();
  }
}
