package io.latentsync.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** The audio encoder. */
@SuppressWarnings("DoNotCallSuggester")
public final class WhisperEncoder implements AutoCloseable {
  private WhisperEncoder() {}

  /** Loads the network. */
  public static WhisperEncoder load(Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    throw new UnsupportedOperationException();
  }

  /** The sizes this was loaded with. */
  public WhisperConfig config() {
    throw new UnsupportedOperationException();
  }

  /** Hidden states. */
  public NDArray hiddenStates(NDArray mel) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
