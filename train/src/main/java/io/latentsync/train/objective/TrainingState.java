package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.checkpoint.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The state of a training after a step: weights, their moving average, the optimiser's moments.
 * Each is one vector, so that a step needs few operations for any number of tensors; {@link
 * #tensors} is a view of a vector as the network's tensors. The file stores them by name.
 */
public final class TrainingState implements AutoCloseable {
  private static final String STEP = "step";
  private static final long VECTORS_OF_A_STEP = 6;

  private final NDManager manager;
  private final SortedMap<String, long[]> shapes;
  private final Map<String, NDArray> vectors = new LinkedHashMap<>();
  private long step;

  private TrainingState(NDManager parent, SortedMap<String, long[]> shapes) {
    this.manager = parent.newSubManager();
    this.shapes = shapes;
  }

  /** The state before step 0. */
  public static TrainingState initial(
      NDManager parent, SortedMap<String, long[]> shapes, long seed) {
    TrainingState state = new TrainingState(parent, shapes);
    NDList tensors = new NDList();
    try (NDManager scope = state.manager.newSubManager()) {
      shapes.forEach((name, shape) -> tensors.add(InitialWeights.of(scope, name, shape, seed)));
      state.start(tensors);
    }
    return state;
  }

  /** The state before step 0 with given weights, FLOAT32, which are copied. */
  public static TrainingState of(NDManager parent, SortedMap<String, NDArray> weights) {
    SortedMap<String, long[]> shapes = new TreeMap<>();
    weights.forEach((name, weight) -> shapes.put(name, weight.getShape().getShape()));
    TrainingState state = new TrainingState(parent, shapes);
    state.start(new NDList(weights.values()));
    return state;
  }

  private void start(NDList tensors) {
    vectors.put("weights", join(tensors));
    vectors.put("average", weights().duplicate());
    vectors.put("mean", weights().zerosLike());
    vectors.put("variance", weights().zerosLike());
  }

  /**
   * Reads a file of {@link #save}.
   *
   * @throws IOException if the file cannot be read or has other weights
   */
  public static TrainingState read(NDManager parent, SortedMap<String, long[]> shapes, Path file)
      throws IOException {
    TrainingState state = new TrainingState(parent, shapes);
    try (Checkpoint checkpoint = Checkpoint.open(file);
        NDManager scope = state.manager.newSubManager()) {
      state.step = checkpoint.data(STEP).getLong();
      for (String vector : new String[] {"weights", "average", "mean", "variance"}) {
        NDList tensors = new NDList();
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
          String name = vector + "." + entry.getKey();
          TensorInfo info = checkpoint.tensors().get(name);
          if (info == null || !Arrays.equals(info.shape(), entry.getValue())) {
            throw new CheckpointException(
                file,
                "is not the state of this training: %s is %s, but must be %s"
                    .formatted(name, info, Arrays.toString(entry.getValue())));
          }
          tensors.add(checkpoint.read(scope, name));
        }
        state.vectors.put(vector, state.join(tensors));
      }
    }
    return state;
  }

  /**
   * The memory of a training step in bytes, without activations: four vectors and the gradient, by
   * tensor and joined.
   *
   * @param shapes of the weights
   */
  public static long bytes(SortedMap<String, long[]> shapes) {
    long values = shapes.values().stream().mapToLong(shape -> new Shape(shape).size()).sum();
    return VECTORS_OF_A_STEP * Float.BYTES * values;
  }

  private NDArray join(NDList tensors) {
    NDList flat = new NDList();
    tensors.forEach(tensor -> flat.add(tensor.reshape(-1)));
    NDArray vector = NDArrays.concat(flat);
    vector.attach(manager);
    return vector;
  }

  /**
   * Copies the averaged weights of another training where name and shape match. The others stay the
   * same.
   *
   * @return the number of copied tensors
   * @throws IOException if the file cannot be read
   */
  public int adopt(Path file) throws IOException {
    int adopted = 0;
    try (Checkpoint checkpoint = Checkpoint.open(file);
        NDManager scope = manager.newSubManager()) {
      NDArray own = weights().duplicate();
      own.attach(scope);
      NDList tensors = new NDList();
      for (Map.Entry<String, NDArray> tensor : tensors(own).entrySet()) {
        String name = "average." + tensor.getKey();
        TensorInfo info = checkpoint.tensors().get(name);
        boolean same =
            info != null && Arrays.equals(info.shape(), tensor.getValue().getShape().getShape());
        tensors.add(same ? checkpoint.read(scope, name) : tensor.getValue());
        adopted += same ? 1 : 0;
      }
      vectors.put("weights", join(tensors));
      vectors.put("average", weights().duplicate());
    }
    return adopted;
  }

  /** A vector as tensors that share its memory and pass gradients to it; owned by its manager. */
  public SortedMap<String, NDArray> tensors(NDArray vector) {
    long[] ends = new long[shapes.size() - 1];
    long end = 0;
    int i = 0;
    for (long[] shape : shapes.values()) {
      end += new Shape(shape).size();
      if (i < ends.length) {
        ends[i++] = end;
      }
    }
    SortedMap<String, NDArray> tensors = new TreeMap<>();
    int part = 0;
    NDList parts = vector.split(ends);
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      tensors.put(entry.getKey(), parts.get(part++).reshape(new Shape(entry.getValue())));
    }
    return tensors;
  }

  /**
   * The weights as leaves of a new computation, which share the memory of this state.
   *
   * @param scope their owner
   */
  SortedMap<String, NDArray> leaves(NDManager scope) {
    NDArray shared = weights().stopGradient();
    shared.attach(scope);
    SortedMap<String, NDArray> leaves = new TreeMap<>();
    tensors(shared)
        .forEach(
            (name, tensor) -> {
              NDArray leaf = tensor.stopGradient();
              leaf.setRequiresGradient(true);
              leaves.put(name, leaf);
            });
    return leaves;
  }

  /**
   * The gradient of the weights as one vector, with zeros for weights that were not used.
   *
   * @param scope its owner
   * @param leaves as {@link #leaves} returned them
   */
  NDArray gradient(NDManager scope, SortedMap<String, NDArray> leaves) {
    NDList flat = new NDList();
    for (NDArray leaf : leaves.values()) {
      NDArray gradient = leaf.getGradient();
      flat.add((gradient == null ? leaf.zerosLike() : gradient).reshape(-1));
    }
    NDArray vector = NDArrays.concat(flat);
    vector.attach(scope);
    return vector;
  }

  NDArray weights() {
    return vectors.get("weights");
  }

  /** Exponential moving average of the weights, which the finished model uses. */
  public NDArray average() {
    return vectors.get("average");
  }

  /** First moment of the gradients. */
  NDArray mean() {
    return vectors.get("mean");
  }

  /** Second moment of the gradients. */
  NDArray variance() {
    return vectors.get("variance");
  }

  /** Number of finished steps. */
  public long step() {
    return step;
  }

  void stepDone() {
    step++;
  }

  /**
   * Writes the state. The old file is replaced when the new one is complete.
   *
   * @throws IOException if it cannot be written
   */
  public void save(Path file) throws IOException {
    SortedMap<String, Content> contents = new TreeMap<>();
    try (NDManager scope = manager.newSubManager()) {
      contents.put(STEP, Content.of(scope.create(new long[] {step}), DataType.INT64));
      for (Map.Entry<String, NDArray> vector : vectors.entrySet()) {
        scope.tempAttachAll(vector.getValue());
        tensors(vector.getValue())
            .forEach(
                (name, tensor) ->
                    contents.put(
                        vector.getKey() + "." + name, Content.of(tensor, DataType.FLOAT32)));
      }
    }
    CheckpointWriter.safetensors(file, contents);
  }

  @Override
  public void close() {
    manager.close();
  }
}
