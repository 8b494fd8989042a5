package io.latentsync.memory;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Copies values between the Java heap and libtorch, in one transfer to or from the device for each
 * call. Native memory is freed with the array: {@link NDManager#create} copies a Java array into a
 * direct buffer, which stays allocated until garbage collection, while the next call may lack the
 * memory.
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
    HostTransfer.record(true, values.length);
    return copy(manager, values, shape);
  }

  /**
   * A FLOAT32 array of several parts. Each part is copied before the next is made, so that they are
   * never all in memory twice.
   *
   * @param manager its owner
   * @param values makes the values of a part, in row-major order
   * @param part the shape of each part
   * @return [parts, part…]
   * @throws NativeMemoryException if there is no memory for it
   */
  public static NDArray ofParts(
      NDManager manager, int parts, IntFunction<float[]> values, Shape part) {
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray all = host.create(new Shape(parts).addAll(part));
      for (int i = 0; i < parts; i++) {
        try (NDArray one = copy(host, values.apply(i), part)) {
          all.set(new NDIndex(i), one);
        }
      }
      HostTransfer.record(true, all.size());
      NDArray onDevice = all.toDevice(manager.getDevice(), false);
      onDevice.attach(manager);
      return onDevice;
    }
  }

  /**
   * The values of the parts of an array.
   *
   * @param array FLOAT32, [parts, …]
   * @return the values of each part, in row-major order
   */
  public static float[][] parts(NDArray array) {
    HostTransfer.record(false, array.size());
    float[][] values = new float[Math.toIntExact(array.getShape().get(0))][];
    try (NDManager host = array.getManager().newSubManager(Device.cpu())) {
      NDArray all = array.toDevice(Device.cpu(), false);
      if (all != array) {
        all.attach(host);
      }
      for (int i = 0; i < values.length; i++) {
        try (NDArray one = all.get(i)) {
          values[i] = one.toFloatArray();
        }
      }
    }
    return values;
  }

  /** Waits until the device has computed an array. */
  public static void await(NDArray array) {
    if (!array.getDevice().getDeviceType().equals(Device.Type.CPU)) {
      try (NDArray first = array.get(new NDIndex("0,..."));
          NDArray mean = first.mean()) {
        mean.toFloatArray();
      }
    }
  }

  private static NDArray copy(NDManager manager, float[] values, Shape shape) {
    // The engine uses a direct buffer without copying, hence the copy.
    try (FloatPointer copy = pointer(values);
        NDArray lent = manager.create(copy.asByteBuffer(), shape, DataType.FLOAT32)) {
      return lent.duplicate();
    }
  }

  private static FloatPointer pointer(float[] values) {
    try {
      return new FloatPointer(values);
    } catch (OutOfMemoryError e) {
      NativeMemoryException.throwIfCauseOf(e);
      throw e;
    }
  }
}
