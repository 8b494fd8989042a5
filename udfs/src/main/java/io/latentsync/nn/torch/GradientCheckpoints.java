package io.latentsync.nn.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Gradient checkpointing (Chen et al., "Training deep nets with sublinear memory cost", 2016). The
 * forward pass keeps the inputs of a network's blocks, but not the results inside of them. The
 * backward pass computes one block after the other again, from the last to the first, and passes
 * the gradient of its input on to the block before.
 *
 * <p>Inputs of a block are results of other blocks, {@linkplain #boundary boundaries}, or
 * constants. Gradients equal those without checkpoints, except for the order of sums.
 *
 * <p>Not thread-safe. The arrays belong to the manager of the blocks' inputs.
 */
public final class GradientCheckpoints {
  private final Deque<Runnable> backwardPasses = new ArrayDeque<>();

  /**
   * Computes a block.
   *
   * @param block a deterministic function of its inputs and of weights that need a gradient. It
   *     must not use other computed arrays, nor return an input.
   * @return the result, which needs a gradient
   */
  public NDArray apply(Function<NDList, NDArray> block, NDArray... inputs) {
    NDList leaves = new NDList();
    for (NDArray input : inputs) {
      leaves.add(input.hasGradient() ? leaf(input) : input.stopGradient());
    }
    NDArray result = withoutGraph(() -> block.apply(leaves));
    result.setRequiresGradient(true);
    List<NDArray> given = List.of(inputs);
    backwardPasses.push(
        () -> {
          try (NDArray ofResult = gradient(result)) {
            if (ofResult != null) {
              result.close();
              try (NDArray again = block.apply(leaves)) {
                backward(again, ofResult, false);
              }
            }
          }
          for (int i = 0; i < leaves.size(); i++) {
            if (leaves.get(i).hasGradient()) {
              passOn(leaves.get(i), given.get(i));
            }
            leaves.get(i).close();
          }
        });
    return result;
  }

  /**
   * A boundary between ordinary operations and blocks. The gradients of the blocks are collected
   * here and then passed on.
   *
   * @param array the result of differentiable operations
   * @return an array with the same values
   */
  public NDArray boundary(NDArray array) {
    NDArray leaf = leaf(array);
    backwardPasses.push(
        () -> {
          passOn(leaf, array);
          leaf.close();
        });
    return leaf;
  }

  /**
   * Computes the gradients of a loss with respect to all arrays that need them. Must be called once
   * after the blocks were computed. Afterwards the results of the blocks are freed.
   *
   * @param loss a scalar
   */
  public void backward(NDArray loss) {
    try (NDArray one = loss.getManager().ones(loss.getShape(), loss.getDataType())) {
      backward(loss, one, true);
    }
    while (!backwardPasses.isEmpty()) {
      backwardPasses.pop().run();
    }
  }

  /** The same values without the computation that led to them. */
  private static NDArray leaf(NDArray array) {
    NDArray leaf = array.stopGradient();
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private static NDArray withoutGraph(Supplier<NDArray> computation) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try {
      return computation.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /** Null if no gradient has reached the array. */
  private static NDArray gradient(NDArray leaf) {
    return JniUtils.getGradient((PtNDArray) leaf);
  }

  private static void backward(NDArray result, NDArray gradient, boolean keepGraph) {
    JniUtils.backward((PtNDArray) result, (PtNDArray) gradient, keepGraph, false);
  }

  private static void passOn(NDArray leaf, NDArray given) {
    try (NDArray gradient = gradient(leaf)) {
      if (gradient != null) {
        // Another boundary may use the same computation, so its graph is kept.
        backward(given, gradient, true);
      }
    }
  }
}
