package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.TorchArrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Constants on a device, copied to it in one transfer. In contrast, each operation of an array with
 * a Java number copies the number to the device and blocks the calling thread.
 */
public final class DeviceNumbers {
  private final Map<Float, NDArray> scalars = new HashMap<>();

  /**
   * Copies constants to a device, rounded to FLOAT32.
   *
   * @param owner owner of the arrays, on the device
   * @param numbers one or more; duplicates are allowed
   */
  public DeviceNumbers(NDManager owner, DoubleStream numbers) {
    double[] distinct = numbers.map(number -> (float) number).distinct().toArray();
    float[] values = new float[distinct.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) distinct[i];
    }
    NDArray table = TorchArrays.of(owner, values, new Shape(values.length));
    for (int i = 0; i < values.length; i++) {
      scalars.put(values[i], table.get(i));
    }
  }

  /**
   * Returns a constant as an array of the shape (). The array must not be closed.
   *
   * @throws IllegalArgumentException if the number was not copied
   */
  public NDArray of(double number) {
    NDArray scalar = scalars.get((float) number);
    if (scalar == null) {
      throw new IllegalArgumentException(number + " was not copied to the device");
    }
    return scalar;
  }
}
