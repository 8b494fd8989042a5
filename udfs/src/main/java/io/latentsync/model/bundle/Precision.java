package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/**
 * The numbers that UNet and VAE compute with. The audio encoder, which costs little, and all that
 * is done between the networks stay in 32 bits.
 */
public enum Precision {
  /** {@link #FP16} on an NVIDIA GPU, else {@link #FP32}. */
  AUTO,
  /** 32 bits: the checkpoints' own numbers. */
  FP32,
  /** 16 bits, 11 of them precision: half the memory, and what GPUs since Volta (2017) are for. */
  FP16,
  /** 16 bits, 8 of them precision, with the range of 32: for GPUs since Ampere (2020). */
  BF16;

  /** The element type of weights and arithmetic on a device. */
  DataType on(Device device) {
    return switch (this) {
      case AUTO -> device.isGpu() ? DataType.FLOAT16 : DataType.FLOAT32;
      case FP32 -> DataType.FLOAT32;
      case FP16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
    };
  }

  /** The name in lower case, as it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
