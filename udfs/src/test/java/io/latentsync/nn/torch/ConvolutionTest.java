package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.latentsync.testing.Distances;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares the convolutions of the networks' TorchScript with FLOAT64, for numbers of channels that
 * include some that libtorch's own kernels compute incorrectly on some processors.
 */
final class ConvolutionTest {
  private static final int MOST_CHANNELS = 48;

  /** Inputs and outputs, with the gradients of a weighted sum of the outputs. */
  private record Computed(NDArray output, NDArray ofInput, NDArray ofWeights, NDArray ofBias) {}

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16"})
  void resultsAndGradientsAreRightForAnyNumberOfChannels(DataType type) {
    List<Shape> kernels = new ArrayList<>();
    IntStream.rangeClosed(1, MOST_CHANNELS)
        .forEach(
            channels -> {
              kernels.add(new Shape(channels, 32, 3, 3));
              kernels.add(new Shape(32, channels, 3, 3));
              kernels.add(new Shape(channels, channels, 3, 3));
              kernels.add(new Shape(channels, channels, 1, 1));
              kernels.add(new Shape(channels, 20, 3));
              kernels.add(new Shape(20, channels, 3, 3, 3));
            });
    NetworkSpec spec =
        new NetworkSpec(
            "convolution",
            "Convolution",
            Map.of("dtype", TorchProgram.typeCode(type)),
            Collections.emptySortedMap());
    try (TorchProgram program = TorchProgram.differentiable(spec, Device.cpu())) {
      for (Shape kernel : kernels) {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
          Computed computed = compute(manager, program, "computed", kernel);
          Computed formula = compute(manager, program, "formula", kernel);
          double tolerance = type == DataType.FLOAT32 ? 1e-5 : 0.02;
          check("output", kernel, computed.output(), formula.output(), tolerance);
          check("gradient by input", kernel, computed.ofInput(), formula.ofInput(), tolerance);
          check(
              "gradient by weights", kernel, computed.ofWeights(), formula.ofWeights(), tolerance);
          check("gradient by bias", kernel, computed.ofBias(), formula.ofBias(), tolerance);
        }
      }
    }
  }

  private static void check(
      String what, Shape kernel, NDArray computed, NDArray formula, double tolerance) {
    float error = Distances.largest(computed, formula);
    float largest = formula.abs().max().getFloat();
    assertThat(error / largest).as("%s of a kernel %s", what, kernel).isLessThan((float) tolerance);
  }

  private static Computed compute(
      NDManager manager, TorchProgram program, String method, Shape kernel) {
    double inputs = (double) kernel.size() / kernel.get(0);
    long[] input = new long[kernel.dimension()];
    Arrays.fill(input, 5);
    input[0] = 2;
    input[1] = kernel.get(1);
    NDArray x = values(manager, 1, new Shape(input), 1);
    NDArray weight = values(manager, 2, kernel, 1 / Math.sqrt(inputs));
    NDArray bias = values(manager, 3, new Shape(kernel.get(0)), 1);
    List.of(x, weight, bias).forEach(array -> array.setRequiresGradient(true));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray output = program.call(manager, method, x, weight, bias).singletonOrThrow();
      // Signs: exact in every type.
      NDArray signs = values(manager, 4, output.getShape(), 1).sign();
      collector.backward(output.mul(signs).sum());
      return new Computed(
          output.stopGradient(), x.getGradient(), weight.getGradient(), bias.getGradient());
    }
  }

  private static NDArray values(NDManager manager, long seed, Shape shape, double scale) {
    Random random = new Random(seed);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return manager.create(values, shape);
  }
}
