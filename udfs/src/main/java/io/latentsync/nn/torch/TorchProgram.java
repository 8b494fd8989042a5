package io.latentsync.nn.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.FiniteWeights;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A network whose text is TorchScript on the class path and whose weights come from the user's
 * checkpoint. The module owns the weights; {@link #close()} frees them.
 *
 * <p>Several threads may call methods at the same time, but not while the program is being closed.
 */
public final class TorchProgram implements AutoCloseable {
  private final NetworkSpec spec;
  private final NDManager manager;
  private final PtSymbolBlock module;
  private final DataType dataType;
  private final boolean differentiable;

  private TorchProgram(
      NetworkSpec spec,
      NDManager manager,
      PtSymbolBlock module,
      DataType dataType,
      boolean differentiable) {
    this.spec = spec;
    this.manager = manager;
    this.module = module;
    this.dataType = dataType;
    this.differentiable = differentiable;
  }

  /**
   * Compiles a network and loads its weights, one tensor after the other.
   *
   * @param weights the checkpoint; it may be closed afterwards
   * @param dataType type of the weights: FLOAT32, FLOAT16 or BFLOAT16
   * @throws CheckpointException if a weight cannot be read, or is not finite after the cast
   */
  public static TorchProgram load(
      NetworkSpec spec, Checkpoint weights, Device device, DataType dataType)
      throws CheckpointException {
    return load(spec, weights, UnaryOperator.identity(), device, dataType);
  }

  /**
   * The same for a checkpoint with other names.
   *
   * @param nameInFile a weight's name in the checkpoint
   */
  public static TorchProgram load(
      NetworkSpec spec,
      Checkpoint weights,
      UnaryOperator<String> nameInFile,
      Device device,
      DataType dataType)
      throws CheckpointException {
    int typeCode = typeCode(dataType);
    NDManager manager = manager(device);
    boolean loaded = false;
    try {
      TorchProgram program =
          new TorchProgram(
              spec, manager, compile(manager, spec, TorchProgram::text), dataType, false);
      for (Map.Entry<String, long[]> entry : spec.tensors().entrySet()) {
        try (NDManager scope = manager.newSubManager()) {
          String name = nameInFile.apply(entry.getKey());
          FiniteWeights.require(weights, name, dataType);
          NDArray weight = weights.read(scope, name);
          Shape shape = new Shape(entry.getValue());
          program.put(
              entry.getKey(), weight.reshape(shape), typeCode, isKernel(entry.getKey(), shape));
        }
      }
      loaded = true;
      return program;
    } catch (IOException e) {
      if (e instanceof CheckpointException unreadable) {
        throw unreadable;
      }
      throw new UncheckedIOException(e);
    } finally {
      if (!loaded) {
        manager.close();
      }
    }
  }

  /**
   * Compiles a network that has no weights until {@link #weights} sets them. Its results can be
   * differentiated, with respect to the weights and to the inputs. FLOAT32.
   */
  public static TorchProgram differentiable(NetworkSpec spec, Device device) {
    return withoutWeights(spec, device, TorchProgram::text, true);
  }

  /**
   * Compiles a class that creates its own weights.
   *
   * @param text reads the bytes of a source file
   */
  static TorchProgram selfContained(
      String source, String type, Device device, Function<String, byte[]> text) {
    NetworkSpec spec = new NetworkSpec(source, type, Map.of(), Collections.emptySortedMap());
    return withoutWeights(spec, device, text, false);
  }

  private static TorchProgram withoutWeights(
      NetworkSpec spec, Device device, Function<String, byte[]> text, boolean differentiable) {
    NDManager manager = manager(device);
    boolean compiled = false;
    try {
      TorchProgram program =
          new TorchProgram(
              spec, manager, compile(manager, spec, text), DataType.FLOAT32, differentiable);
      compiled = true;
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (!compiled) {
        manager.close();
      }
    }
  }

  private static NDManager manager(Device device) {
    TorchEngine.load();
    return NDManager.newBaseManager(device, "PyTorch");
  }

  private static PtSymbolBlock compile(
      NDManager manager, NetworkSpec spec, Function<String, byte[]> text) throws IOException {
    byte[] archive = new TorchArchiveWriter(spec, text).bytes();
    return JniUtils.loadModule(
        (PtNDManager) manager, new ByteArrayInputStream(archive), false, false);
  }

  /**
   * Makes the module use these arrays, not copies of them, so that they receive gradients.
   *
   * @param weights FLOAT32, by name, of the shapes of {@link NetworkSpec#tensors}
   * @throws IllegalArgumentException if names or shapes differ
   */
  public void weights(Map<String, NDArray> weights) {
    SortedMap<String, long[]> expected = spec.tensors();
    if (!weights.keySet().equals(expected.keySet())) {
      Set<String> differing = new TreeSet<>(expected.keySet());
      differing.removeAll(weights.keySet());
      weights.keySet().stream().filter(name -> !expected.containsKey(name)).forEach(differing::add);
      throw new IllegalArgumentException(
          "weights are not those of the network; missing or superfluous: " + differing);
    }
    weights.forEach(
        (name, weight) -> {
          Shape shape = new Shape(expected.get(name));
          if (!weight.getShape().equals(shape) || weight.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(
                "weight %s is %s %s; the network needs FLOAT32 %s"
                    .formatted(name, weight.getDataType(), weight.getShape(), shape));
          }
          put(name, weight, typeCode(DataType.FLOAT32), false);
        });
  }

  /** PyTorch's number for an element type. */
  static int typeCode(DataType type) {
    return switch (type) {
      case FLOAT16 -> 5;
      case FLOAT32 -> 6;
      case BFLOAT16 -> 15;
      default ->
          throw new IllegalArgumentException(
              "weights cannot be " + type + "; they can be FLOAT32, FLOAT16 or BFLOAT16");
    };
  }

  /**
   * The bytes of a source file.
   *
   * @param file below the folder {@code torchscript} of the class path
   */
  static byte[] text(String file) {
    try (InputStream text = TorchProgram.class.getResourceAsStream("/torchscript/" + file)) {
      if (text == null) {
        throw new FileNotFoundException("torchscript/" + file + " is not on the class path");
      }
      return text.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a weight is the kernel of a convolution, [out,in,…]. */
  private static boolean isKernel(String name, Shape shape) {
    return name.endsWith(".weight") && shape.dimension() > 2;
  }

  private void put(String name, NDArray weight, int typeCode, boolean kernel) {
    try (IValue key = IValue.from(name);
        IValue value = IValue.from((PtNDArray) weight);
        IValue code = IValue.from((long) typeCode);
        IValue isKernel = IValue.from(kernel);
        IValue nothing = IValueUtils.runMethod(module, "put", key, value, code, isKernel)) {
      assert !nothing.isTensor();
    }
  }

  /** Element type of the weights. */
  public DataType dataType() {
    return dataType;
  }

  /**
   * Calls a method of the network.
   *
   * @param owner manager of the results
   * @return the tensor, or the tensors of the tuple, that the method returns
   */
  public NDList call(NDManager owner, String method, NDArray... inputs) {
    keepKernels();
    if (differentiable) {
      return callDifferentiably(owner, method, inputs);
    }
    List<IValue> arguments = new ArrayList<>(inputs.length);
    try {
      for (NDArray input : inputs) {
        arguments.add(IValue.from((PtNDArray) input));
      }
      try (IValue result =
          IValueUtils.runMethod(module, method, arguments.toArray(IValue[]::new))) {
        return result.toNDList((PtNDManager) owner);
      }
    } finally {
      arguments.forEach(IValue::close);
    }
  }

  /**
   * Calls a method that takes an array and sizes.
   *
   * @param owner manager of the result
   */
  NDArray callSized(NDManager owner, String method, NDArray input, long... sizes) {
    keepKernels();
    try (IValue array = IValue.from((PtNDArray) input);
        IValue list = IValue.listFrom(sizes);
        IValue result = IValueUtils.runMethod(module, method, array, list)) {
      return result.toNDList((PtNDManager) owner).singletonOrThrow();
    }
  }

  /**
   * Disables the optimiser for the calling thread. It specialises the program on the inputs of the
   * first calls; later calls then use other kernels, and the same call would give other bits.
   */
  private static void keepKernels() {
    JniUtils.setGraphExecutorOptimize(false);
  }

  private NDList callDifferentiably(NDManager owner, String method, NDArray... inputs) {
    // An array of this name is not an input: it names the method, and its manager owns the results.
    try (NDArray name = owner.create(0f)) {
      name.setName("module_method:" + method);
      NDList arguments = new NDList(name);
      arguments.addAll(List.of(inputs));
      return IValueUtils.forward(module, arguments, true);
    }
  }

  /**
   * Calls a method that computes a part of the network, with a gradient checkpoint before it.
   *
   * @param checkpoints compute the gradients
   * @param place integers that are the method's last argument, if there are any; methods that
   *     training calls take tensors only
   * @return the tensor that the method returns, which belongs to the manager of the first input
   */
  public NDArray callPart(
      GradientCheckpoints checkpoints, String method, long[] place, NDArray... inputs) {
    NDManager owner = inputs[0].getManager();
    return checkpoints.apply(
        given -> {
          // On the CPU, where the program reads the place.
          try (NDManager host = owner.newSubManager(Device.cpu())) {
            NDList arguments = new NDList(given);
            if (place.length > 0) {
              arguments.add(host.create(place));
            }
            return call(owner, method, arguments.toArray(new NDArray[0])).singletonOrThrow();
          }
        },
        inputs);
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
