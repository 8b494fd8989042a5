package io.latentsync.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** The autoencoder. */
@SuppressWarnings("DoNotCallSuggester")
public final class AutoencoderKl implements AutoCloseable {
  private AutoencoderKl() {}

  /** Gaussian over latents. */
  public record Posterior(NDArray mean, NDArray logvar) {}

  /** Loads the network. */
  public static AutoencoderKl load(
      AutoencoderKlConfig config, Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    throw new UnsupportedOperationException();
  }

  /** The sizes this was loaded with. */
  public AutoencoderKlConfig config() {
    throw new UnsupportedOperationException();
  }

  /** Element type of weights and arithmetic. */
  public DataType dataType() {
    throw new UnsupportedOperationException();
  }

  /** Encodes. */
  public Posterior encode(NDArray images) {
    throw new UnsupportedOperationException();
  }

  /** Decodes. */
  public NDArray decode(NDArray latents) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
