package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.TorchArrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Numbers on a device, copied there in one transfer. An operation of an array and a Java number
 * copies the number to the device each time, and the calling thread waits for it.
 */
public final class DeviceNumbers {
  private final Map<Float, NDArray> scalars = new HashMap<>();

  /**
   * Copies numbers to a device, rounded to FLOAT32.
   *
   * @param owner owner of the arrays, on the device
   * @param numbers one or more, which may repeat
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
   * A number as an array of the shape (); it must not be closed.
   *
   * @throws IllegalArgumentException if it is not among those copied
   */
  public NDArray of(double number) {
    NDArray scalar = scalars.get((float) number);
    if (scalar == null) {
      throw new IllegalArgumentException(number + " was not copied to the device");
    }
    return scalar;
  }
}
