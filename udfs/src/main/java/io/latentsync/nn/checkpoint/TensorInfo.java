package io.latentsync.nn.checkpoint;

import java.util.Arrays;

/**
 * The type and shape of a tensor in a checkpoint, known without reading its values.
 *
 * @param type element type in the file
 * @param shape row-major sizes; empty for a scalar
 */
public record TensorInfo(Type type, long... shape) {

  /** The supported element types of checkpoint files. */
  public enum Type {
    FLOAT64(8),
    FLOAT32(4),
    FLOAT16(2),
    BFLOAT16(2),
    INT64(8),
    INT32(4),
    INT16(2),
    INT8(1),
    UINT8(1),
    BOOL(1);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
      return bytes;
    }
  }

  /** Number of elements: the product of the sizes. */
  public long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** Length of the tensor in bytes. */
  public long bytes() {
    return Math.multiplyExact(elements(), type.bytes());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorInfo that
        && type == that.type
        && Arrays.equals(shape, that.shape);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
