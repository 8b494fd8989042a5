package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.torch.TorchEngine;
import java.util.Locale;

/**
 * The element type of UNet and VAE. The audio encoder, which costs little, and all computation
 * between the networks use 32 bits.
 */
public enum Precision {
  /** {@link #FP16} on an NVIDIA GPU of compute capability 7.0 or above, else {@link #FP32}. */
  AUTO,
  /** 32 bits, as in the checkpoints. */
  FP32,
  /** 16 bits with 11 bits of precision: half the memory; fast on GPUs since Volta (2017). */
  FP16,
  /** 16 bits with 8 bits of precision and the range of FP32; for GPUs since Ampere (2020). */
  BF16;

  private static final int TENSOR_CORES = 70;

  /** The element type on a device. */
  public DataType on(Device device) {
    return switch (this) {
      case AUTO -> device.isGpu() ? onGpu(TorchEngine.computeCapability(device)) : DataType.FLOAT32;
      case FP32 -> DataType.FLOAT32;
      case FP16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
    };
  }

  /**
   * The element type for a GPU whose compute capability is known. GPUs have 16-bit tensor cores
   * since Volta (7.0); on most older GPUs FLOAT16 is slower than FLOAT32.
   *
   * @param capability ten times the compute capability, such as 75
   */
  static DataType onGpu(int capability) {
    return capability >= TENSOR_CORES ? DataType.FLOAT16 : DataType.FLOAT32;
  }

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
