package io.latentsync.nn.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.TorchArrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Finds out whether libtorch computes the layers of a network right on this machine. Kernels for a
 * processor can be wrong without a word; their results then are, too. Each kind of layer is
 * computed on small pseudo-random data, with the text that the networks use, and compared with
 * plain formulas in FLOAT64 on the CPU. Of a layer with more than 64 outputs, 64 are compared.
 */
public final class NumericCheck {
  /** A prime, so that repeated numbers meet other neighbours in every row of a layer. */
  private static final int NOISE = 262_139;

  /** More than a layer's input has in each channel, and where it begins. */
  private static final int PLACES = 2048;

  private static final NumericCheck SHIPPED = new NumericCheck(TorchProgram::text);

  private final Function<String, byte[]> text;
  private final Map<Subject, LayerAccuracy> known = new HashMap<>();

  /** A check of other text than the networks'. */
  NumericCheck(Function<String, byte[]> text) {
    this.text = text;
  }

  /** What is computed where. */
  private record Subject(LayerKind kind, Device device, DataType type) {}

  /**
   * Computes each kind that this process has not computed yet on the device and in the type.
   *
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @return how far each is off, in the order of the kinds
   */
  public static List<LayerAccuracy> of(Collection<LayerKind> kinds, Device device, DataType type) {
    return SHIPPED.accuracies(kinds, device, type);
  }

  /**
   * Passes if each kind is right.
   *
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @throws WrongNumbersException naming the first kind that is not
   */
  public static void require(Collection<LayerKind> kinds, Device device, DataType type)
      throws WrongNumbersException {
    for (LayerAccuracy layer : of(kinds, device, type)) {
      if (!layer.passes()) {
        throw new WrongNumbersException(layer);
      }
    }
  }

  synchronized List<LayerAccuracy> accuracies(
      Collection<LayerKind> kinds, Device device, DataType type) {
    List<LayerKind> unknown =
        kinds.stream()
            .distinct()
            .filter(kind -> !known.containsKey(new Subject(kind, device, type)))
            .toList();
    if (!unknown.isEmpty()) {
      compute(unknown, device, type);
    }
    return kinds.stream().map(kind -> known.get(new Subject(kind, device, type))).toList();
  }

  private void compute(List<LayerKind> kinds, Device device, DataType type) {
    try (TorchProgram program = TorchProgram.selfContained("checks", "LayerCheck", device, text);
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        NDArray noise = TorchArrays.of(manager, noise(), new Shape(NOISE));
        NDArray numbers =
            program.callSized(
                manager, "numbers", noise, count(kinds), TorchProgram.typeCode(type))) {
      for (LayerKind kind : kinds) {
        double error = error(program, manager, kind, numbers);
        known.put(new Subject(kind, device, type), new LayerAccuracy(kind, device, type, error));
      }
    }
  }

  private static double error(
      TorchProgram program, NDManager manager, LayerKind kind, NDArray numbers) {
    String method = kind.operator().name().toLowerCase(Locale.ROOT);
    long[] sizes = kind.sizes().stream().mapToLong(Long::longValue).toArray();
    try (NDArray largest = program.callSized(manager, method, numbers, sizes)) {
      double[] errorAndValue = largest.toDoubleArray();
      return errorAndValue[0] / errorAndValue[1];
    }
  }

  /** As many numbers as the largest layer needs for its weights and for what enters it. */
  private static long count(List<LayerKind> kinds) {
    return kinds.stream()
        .mapToLong(kind -> kind.weights() + PLACES * Collections.max(kind.sizes()))
        .max()
        .orElseThrow();
  }

  private static float[] noise() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[NOISE];
    for (int i = 0; i < NOISE; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }
}
