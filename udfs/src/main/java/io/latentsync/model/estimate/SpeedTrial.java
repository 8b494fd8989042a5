package io.latentsync.model.estimate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import io.latentsync.nn.torch.TorchEngine;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A measurement of a device's speed with the two kinds of layers in which the networks spend their
 * operations, at sizes of the UNet's finest level: convolutions 44 %, linear layers and attention
 * 56 %.
 */
public final class SpeedTrial {
  private static final double CONVOLUTIONS = 0.44;
  private static final int CHANNELS = 320;
  private static final int INNER = 2560;
  private static final int SIDE = 32;
  private static final int FRAMES = 4;
  private static final int REPETITIONS = 5;

  /** Speed of the networks by that of the two layers on a CPU; 0.72 was measured in fp32. */
  private static final double SHARE_ON_CPU = 0.75;

  /**
   * The same on a GPU, where layers reach about 70 % of the peak and the networks, by counting
   * memory traffic, 22 %; not measured.
   */
  private static final double SHARE_ON_GPU = 0.3;

  private SpeedTrial() {}

  /**
   * The element type in which the speed for a type is measured: FLOAT32 on a CPU, and FLOAT16 for
   * both short types on a GPU, where they are equally fast. DJL ends the process if it converts an
   * array to BFLOAT16.
   */
  public static DataType measured(Device device, DataType type) {
    boolean cpu = device.getDeviceType().equals(Device.Type.CPU);
    return cpu || type == DataType.FLOAT32 ? DataType.FLOAT32 : DataType.FLOAT16;
  }

  /**
   * The floating-point operations per second of a task that computes the networks. Takes about one
   * second.
   *
   * @param threads per tensor operation
   * @param type of weights and arithmetic: FLOAT32 or FLOAT16, see {@link #measured}
   */
  public static double flopsPerSecond(Device device, int threads, DataType type) {
    TorchEngine.useThreads(threads);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      NDArray pictures = ones(manager, type, FRAMES, CHANNELS, SIDE, SIDE);
      NDArray kernel = ones(manager, type, CHANNELS, CHANNELS, 3, 3);
      NDArray offset = ones(manager, type, CHANNELS);
      Shape one = new Shape(1, 1);
      double convolution =
          seconds(
              () -> Conv2d.conv2d(pictures, kernel, offset, one, one, one, 1).singletonOrThrow());
      NDArray tokens = ones(manager, type, FRAMES, SIDE * SIDE, CHANNELS);
      NDArray weight = ones(manager, type, INNER, CHANNELS);
      NDArray bias = ones(manager, type, INNER);
      double linear = seconds(() -> Linear.linear(tokens, weight, bias).singletonOrThrow());
      double positions = 2.0 * FRAMES * SIDE * SIDE;
      double secondsPerFlop =
          CONVOLUTIONS * convolution / (positions * kernel.size())
              + (1 - CONVOLUTIONS) * linear / (positions * weight.size());
      boolean cpu = device.getDeviceType().equals(Device.Type.CPU);
      return (cpu ? SHARE_ON_CPU : SHARE_ON_GPU) / secondsPerFlop;
    }
  }

  private static NDArray ones(NDManager manager, DataType type, long... shape) {
    return manager.ones(new Shape(shape)).toType(type, false);
  }

  /** The median time of a layer. */
  private static double seconds(Supplier<NDArray> layer) {
    compute(layer); // The first call includes preparation.
    double[] taken = new double[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
      long start = System.nanoTime();
      compute(layer);
      taken[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(taken);
    return taken[REPETITIONS / 2];
  }

  /** Waits for the last value, as a GPU computes asynchronously. */
  private static void compute(Supplier<NDArray> layer) {
    try (NDArray result = layer.get();
        NDArray flat = result.flatten();
        NDArray last = flat.get("-1:");
        NDArray value = last.toType(DataType.FLOAT32, true)) {
      value.toFloatArray();
    }
  }
}
