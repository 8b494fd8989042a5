package io.latentsync.memory;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Copies values from the Java heap to libtorch, into memory that is freed with the array. {@link
 * NDManager#create} copies a Java array into a direct buffer, which stays allocated until garbage
 * collection, while the next call may lack the memory.
 */
public final class TorchArrays {
  private TorchArrays() {}

  /**
   * A FLOAT32 array with a copy of the values.
   *
   * @param manager its owner
   * @param values in row-major order, as many as the shape has
   * @throws NativeMemoryException if there is no memory for it
   */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    // The engine uses a direct buffer without copying, hence the copy.
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
