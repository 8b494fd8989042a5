package io.latentsync.nn.torch;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/**
 * The error of a kind of layer on a device in an element type.
 *
 * @param error largest absolute difference from FLOAT64 with the same inputs and weights, relative
 *     to the largest value; NaN if a result is not a number
 */
public record LayerAccuracy(LayerKind kind, Device device, DataType type, double error) {

  /**
   * The maximum error of a correct layer: several roundings of the element type. FLOAT32 allows for
   * the TF32 of NVIDIA GPUs (11 bits of precision) in convolutions.
   */
  public double tolerance() {
    return switch (type) {
      case FLOAT32 -> 2e-3;
      case FLOAT16 -> 1e-2;
      case BFLOAT16 -> 4e-2;
      default -> throw new IllegalArgumentException("networks are not computed in " + type);
    };
  }

  /** Whether the layer is right. */
  public boolean passes() {
    return error <= tolerance();
  }

  /** One line: layer, type, error, tolerance. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s in %s is off by %.2g of the largest value (at most %.2g is right)",
        kind,
        type.name(),
        error,
        tolerance());
  }
}
