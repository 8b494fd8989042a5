package io.latentsync.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** The denoising network. */
@SuppressWarnings("DoNotCallSuggester")
public final class UNet3d implements AutoCloseable {
  private UNet3d() {}

  /** What a full pass gives. */
  public record Prediction(NDArray noise, NDArray deepFeatures) {}

  /** Loads the network. */
  public static UNet3d load(
      UNet3dConfig config, Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    throw new UnsupportedOperationException();
  }

  /** The sizes this was loaded with. */
  public UNet3dConfig config() {
    throw new UnsupportedOperationException();
  }

  /** Element type of weights and arithmetic. */
  public DataType dataType() {
    throw new UnsupportedOperationException();
  }

  /** Full pass. */
  public NDArray predictNoise(NDArray sample, long timestep, NDArray audio) {
    throw new UnsupportedOperationException();
  }

  /** Full pass with deep features. */
  public Prediction predictKeeping(NDArray sample, long timestep, NDArray audio) {
    throw new UnsupportedOperationException();
  }

  /** Short pass. */
  public NDArray predictShallow(
      NDArray sample, long timestep, NDArray audio, NDArray deepFeatures) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
