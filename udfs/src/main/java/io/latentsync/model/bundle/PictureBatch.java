package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.networks.ActivationPeak;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.torch.TorchEngine;

/**
 * The number of pictures that the VAE processes in one call. A CPU gains nothing from more than
 * one, and with one a picture's bits do not depend on its batch. A GPU is not busy with one.
 */
final class PictureBatch {
  private static final int MOST = 16;

  /** The share of a GPU's memory for one task's VAE: up to four tasks share a GPU. */
  private static final int SHARE = 8;

  private PictureBatch() {}

  /** The number on a device. */
  static int on(Device device, AutoencoderKlConfig vae, int resolution, DataType type) {
    return device.isGpu() ? onGpu(TorchEngine.memory(device), vae, resolution, type) : 1;
  }

  /**
   * The largest power of two up to 16 for which the activations fit an eighth of the memory; at
   * least 1. It depends on the kind of the GPU and not on what else runs on it, so that the output
   * does not either.
   *
   * @param memory of the GPU in bytes
   */
  static int onGpu(long memory, AutoencoderKlConfig vae, int resolution, DataType type) {
    int pictures = MOST;
    while (pictures > 1 && bytes(vae, pictures, resolution, type) > memory / SHARE) {
      pictures /= 2;
    }
    return pictures;
  }

  private static long bytes(AutoencoderKlConfig vae, int pictures, int resolution, DataType type) {
    long values =
        Math.max(
            ActivationPeak.encode(vae, pictures, resolution),
            ActivationPeak.decode(vae, pictures, resolution));
    return values * type.getNumOfBytes();
  }
}
