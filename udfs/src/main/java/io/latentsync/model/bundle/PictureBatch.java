package io.latentsync.model.bundle;

import ai.djl.Device;
import io.latentsync.nn.networks.ActivationPeak;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.torch.TorchEngine;

/**
 * The number of pictures that the VAE processes in one call. A CPU gains nothing from more than
 * one, and with one a picture's bits do not depend on its batch. A GPU is not busy with one.
 */
public final class PictureBatch {
  private static final int MOST = 16;

  /** The share of a GPU's memory for one task's VAE: up to four tasks share a GPU. */
  private static final int SHARE = 8;

  private PictureBatch() {}

  /**
   * The number on a device.
   *
   * @param bytes memory of the activations of one picture
   */
  public static int on(Device device, long bytes) {
    return device.isGpu() ? onGpu(TorchEngine.memory(device), bytes) : 1;
  }

  /**
   * The largest power of two up to 16 for which the activations fit an eighth of the memory; at
   * least 1. It depends on the kind of the GPU and not on what else runs on it, so that the output
   * does not either.
   *
   * @param memory of the GPU in bytes
   * @param bytes memory of the activations of one picture
   */
  static int onGpu(long memory, long bytes) {
    int pictures = MOST;
    while (pictures > 1 && pictures * bytes > memory / SHARE) {
      pictures /= 2;
    }
    return pictures;
  }

  /** The activations of one picture: the larger number of values of encoding and decoding. */
  public static long values(AutoencoderKlConfig vae, int resolution) {
    return Math.max(
        ActivationPeak.encode(vae, 1, resolution), ActivationPeak.decode(vae, 1, resolution));
  }
}
