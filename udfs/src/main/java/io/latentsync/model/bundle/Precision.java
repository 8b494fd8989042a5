package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/**
 * The element type of UNet and VAE. The audio encoder, which costs little, and all computation
 * between the networks use 32 bits.
 */
public enum Precision {
  /** {@link #FP16} on an NVIDIA GPU, else {@link #FP32}. */
  AUTO,
  /** 32 bits, as in the checkpoints. */
  FP32,
  /** 16 bits, 11 of them precision: half the memory; fast on GPUs since Volta (2017). */
  FP16,
  /** 16 bits, 8 of them precision, with the range of 32 bits: for GPUs since Ampere (2020). */
  BF16;

  /** The element type on a device. */
  DataType on(Device device) {
    return switch (this) {
      case AUTO -> device.isGpu() ? DataType.FLOAT16 : DataType.FLOAT32;
      case FP32 -> DataType.FLOAT32;
      case FP16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
    };
  }

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
