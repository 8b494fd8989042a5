package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a training makes small. */
public interface Objective extends AutoCloseable {

  /** Names and row-major shapes of the weights to be learnt. */
  SortedMap<String, long[]> weights();

  /**
   * The loss on a batch.
   *
   * @param step owner of everything that is made on the way
   * @param weights FLOAT32; gradients must reach them
   * @param random the batch's only randomness: equal ones draw equal batches
   * @return a scalar
   * @throws IOException if data cannot be read
   */
  NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) throws IOException;

  @Override
  void close();

  /** The tensors under a prefix, without it. */
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
