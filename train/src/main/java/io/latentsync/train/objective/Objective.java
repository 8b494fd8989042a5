package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** A loss that training minimises. */
public interface Objective extends AutoCloseable {

  /** Names and row-major shapes of the weights to be learnt. */
  SortedMap<String, long[]> weights();

  /**
   * The loss on a batch.
   *
   * @param step owner of all temporary arrays
   * @param weights FLOAT32; gradients must reach them
   * @param random the only source of randomness: equal generators give equal batches
   * @return a scalar
   * @throws IOException if data cannot be read
   */
  NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) throws IOException;

  /**
   * Computes the gradients of the weights.
   *
   * @param loss as {@link #loss} returned it last
   */
  default void backward(GradientCollector collector, NDArray loss) {
    collector.backward(loss);
  }

  @Override
  void close();

  /** The tensors whose names have a prefix, without the prefix. */
  static <T> SortedMap<String, T> under(String prefix, Map<String, T> all) {
    SortedMap<String, T> inside = new TreeMap<>();
    all.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            inside.put(name.substring(prefix.length()), value);
          }
        });
    return inside;
  }
}
