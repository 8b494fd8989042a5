package io.latentsync.memory;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Hands values of the Java heap to libtorch, in memory that ends with the array. What {@link
 * NDManager#create} makes of a Java array lies in a direct buffer, which stays until the garbage
 * collector finds it: memory that nobody uses, and that the next call may lack.
 */
public final class TorchArrays {
  private TorchArrays() {}

  /**
   * An array of a copy of the values, FLOAT32.
   *
   * @param manager its owner
   * @param values in row-major order, as many as the shape has
   * @throws NativeMemoryException if there is no memory for it
   */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    // The engine lays an array over a direct buffer without copying: hence the copy.
    try (FloatPointer copy = copy(values);
        NDArray lent = manager.create(copy.asByteBuffer(), shape, DataType.FLOAT32)) {
      return lent.duplicate();
    }
  }

  private static FloatPointer copy(float[] values) {
    try {
      return new FloatPointer(values);
    } catch (OutOfMemoryError e) {
      NativeMemoryException.throwIfCauseOf(e);
      throw e;
    }
  }
}
