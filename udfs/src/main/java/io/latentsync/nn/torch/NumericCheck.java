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
 * Checks that libtorch computes the layers of a network correctly on this machine. Kernels can be
 * wrong on some processors without an error. Each kind of layer is computed on small pseudo-random
 * data, with the networks' own TorchScript, and compared with plain formulas in FLOAT64 on the CPU.
 * If a layer has more than 64 outputs, 64 are compared.
 */
public final class NumericCheck {
  /** A prime, so that repeated numbers have other neighbours in each row of a layer. */
  private static final int NOISE = 262_139;

  /** Offset of a layer's input; larger than a channel of it. */
  private static final int PLACES = 2048;

  private static final NumericCheck SHIPPED = new NumericCheck(TorchProgram::text);

  private final Function<String, byte[]> text;
  private final Map<Subject, LayerAccuracy> known = new HashMap<>();

  /** A check with other TorchScript than the networks'. */
  NumericCheck(Function<String, byte[]> text) {
    this.text = text;
  }

  /** Key of a result. */
  private record Subject(LayerKind kind, Device device, DataType type) {}

  /**
   * Computes each kind, once per process, device and type.
   *
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @return the error of each kind, in the given order
   */
  public static List<LayerAccuracy> of(Collection<LayerKind> kinds, Device device, DataType type) {
    return SHIPPED.accuracies(kinds, device, type);
  }

  /**
   * Passes if each kind is right.
   *
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @throws WrongNumbersException naming the first kind that is wrong
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

  /** Random numbers for weights and inputs of the largest layer. */
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
