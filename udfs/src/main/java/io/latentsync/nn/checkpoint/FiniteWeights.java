package io.latentsync.nn.checkpoint;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Collection;

/**
 * Checks that weights are finite and not too large for the element type of a network's arithmetic.
 *
 * <p>As integers, the bits of floating-point magnitudes are ordered like the magnitudes; infinity
 * is larger than all numbers, and NaN is larger than infinity. So adding a constant to the bits
 * sets the sign bit exactly if a limit is reached. This checks eight bytes at once, whatever the
 * element type.
 */
public final class FiniteWeights {
  private static final float LARGEST_FLOAT16 = 65_504;
  private static final float LARGEST_BFLOAT16 = 0x1.FEp127f;
  private static final int CHUNK = 8192;

  private FiniteWeights() {}

  /**
   * Passes if all values of these tensors are finite in an element type. Tensors of whole numbers
   * pass.
   *
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @throws CheckpointException naming the tensor and its value otherwise, or if one cannot be read
   */
  public static void require(Checkpoint checkpoint, Collection<String> names, DataType type)
      throws CheckpointException {
    for (String name : names) {
      require(checkpoint, name, type);
    }
  }

  /** As {@link #require(Checkpoint, Collection, DataType)}. */
  public static void require(Checkpoint checkpoint, String name, DataType type)
      throws CheckpointException {
    ByteBuffer data = checkpoint.data(name);
    TensorInfo.Type stored = checkpoint.tensors().get(name).type();
    boolean finite =
        switch (stored) {
          case FLOAT64 -> isBelow(data, limit(stored, type), Long.MAX_VALUE);
          case FLOAT32 ->
              isBelow(data, limit(stored, type) * 0x1_0000_0001L, 0x7fff_ffff_7fff_ffffL);
          case FLOAT16, BFLOAT16 ->
              isBelow(data, limit(stored, type) * 0x1_0001_0001_0001L, 0x7fff_7fff_7fff_7fffL);
          default -> true;
        };
    if (!finite) {
      throw new CheckpointException(checkpoint.file(), problem(name, data, stored, type));
    }
  }

  /** The bits of the smallest magnitude that is too large. */
  private static long limit(TensorInfo.Type stored, DataType type) {
    float largest = largest(type);
    return switch (stored) {
      case FLOAT64 -> Double.doubleToRawLongBits(largest) + 1;
      case FLOAT32 -> Float.floatToRawIntBits(largest) + 1;
      case BFLOAT16 -> (Float.floatToRawIntBits(largest) >>> 16) + 1;
      default -> 0x7c00;
    };
  }

  private static float largest(DataType type) {
    return switch (type) {
      case FLOAT16 -> LARGEST_FLOAT16;
      case BFLOAT16 -> LARGEST_BFLOAT16;
      default -> Float.MAX_VALUE;
    };
  }

  /**
   * Whether the magnitudes of all elements are below a limit.
   *
   * @param limits the limit's bits, for each element of eight bytes
   * @param magnitudes all bits but the signs of such elements
   */
  private static boolean isBelow(ByteBuffer data, long limits, long magnitudes) {
    long signs = ~magnitudes;
    long offset = signs - limits;
    LongBuffer whole = data.duplicate().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    int rest = data.remaining() - Long.BYTES * whole.remaining();
    long[] chunk = new long[CHUNK];
    while (whole.hasRemaining()) {
      int length = Math.min(CHUNK, whole.remaining());
      whole.get(chunk, 0, length);
      if ((sums(chunk, length, magnitudes, offset) & signs) != 0) {
        return false;
      }
    }
    long last = 0;
    for (int i = 0; i < rest; i++) {
      last |= (data.get(data.limit() - rest + i) & 0xffL) << (8 * i);
    }
    return (((last & magnitudes) + offset) & signs) == 0;
  }

  /** A loop that the compiler vectorises. */
  private static long sums(long[] values, int length, long magnitudes, long offset) {
    long sums = 0;
    for (int i = 0; i < length; i++) {
      sums |= (values[i] & magnitudes) + offset;
    }
    return sums;
  }

  private static String problem(
      String name, ByteBuffer data, TensorInfo.Type stored, DataType type) {
    int elements = data.remaining() / stored.bytes();
    for (int i = 0; i < elements; i++) {
      double value = value(data, i, stored);
      if (Double.isNaN(value)) {
        return "tensor %s has a value that is not a number (NaN); the checkpoint cannot be used"
            .formatted(name);
      }
      if (Double.isInfinite(value)) {
        return "tensor %s has an infinite value; the checkpoint cannot be used".formatted(name);
      }
      if (Math.abs(value) > largest(type)) {
        return "tensor %s has the value %s, but %s holds at most %s; use --dtype fp32"
            .formatted(name, (float) value, type.name(), largest(type));
      }
    }
    throw new IllegalStateException("all values of " + name + " are finite");
  }

  private static double value(ByteBuffer data, int index, TensorInfo.Type stored) {
    int at = index * stored.bytes();
    return switch (stored) {
      case FLOAT64 -> data.getDouble(at);
      case FLOAT32 -> data.getFloat(at);
      case BFLOAT16 -> Float.intBitsToFloat(data.getShort(at) << 16);
      default -> half(data.getShort(at));
    };
  }

  /** In this type, the values beyond the limit are infinity and NaN. */
  private static double half(short bits) {
    if ((bits & 0x7c00) != 0x7c00) {
      return 0;
    }
    return (bits & 0x3ff) == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
  }
}
