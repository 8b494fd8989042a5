package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.NativeMemoryException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The split of a batch when libtorch cannot allocate memory. The allocation of 64 TiB really fails.
 */
final class OomBatchSplitterTest {
  private final List<String> calls = new ArrayList<>();

  private float[][] chunks(int first, int chunks, int most) {
    calls.add(first + "+" + chunks);
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.zeros(new Shape(chunks > most ? 1L << 44 : 1)).toFloatArray();
    }
    float[][] faces = new float[chunks][];
    for (int i = 0; i < chunks; i++) {
      faces[i] = new float[] {first + i};
    }
    return faces;
  }

  @Test
  void chunksThatExceedMemoryAreComputedInHalvesInOrder() throws Exception {
    float[][] faces = OomBatchSplitter.faces(5, (first, chunks) -> chunks(first, chunks, 2));
    assertThat(faces).isDeepEqualTo(new float[][] {{0}, {1}, {2}, {3}, {4}});
    assertThat(calls).containsExactly("0+5", "0+2", "2+3", "2+1", "3+2");
  }

  @Test
  void aSingleChunkThatExceedsMemoryIsAnErrorWithARemedy() {
    assertThatThrownBy(() -> OomBatchSplitter.faces(2, (first, chunks) -> chunks(first, chunks, 0)))
        .isInstanceOf(NativeMemoryException.class)
        .hasMessageContaining("spark.executor.memoryOverhead")
        .hasMessageContaining("--batch_size");
    assertThat(calls).containsExactly("0+2", "0+1");
  }

  @Test
  void anExhaustedDirectMemoryHalvesTheBatch() {
    float[][] faces =
        OomBatchSplitter.faces(
            2,
            (first, chunks) -> {
              calls.add(first + "+" + chunks);
              if (chunks > 1) {
                throw new OutOfMemoryError(
                    "Cannot reserve 100663296 bytes of direct buffer memory (allocated: 1, limit: 2)");
              }
              return new float[][] {{first}};
            });
    assertThat(faces).isDeepEqualTo(new float[][] {{0}, {1}});
    assertThat(calls).containsExactly("0+2", "0+1", "1+1");
  }

  @Test
  void aFullHeapIsNotRetried() {
    OutOfMemoryError full = new OutOfMemoryError("Java heap space");
    assertThatThrownBy(
            () ->
                OomBatchSplitter.faces(
                    4,
                    (first, chunks) -> {
                      calls.add(first + "+" + chunks);
                      throw full;
                    }))
        .isSameAs(full);
    assertThat(calls).hasSize(1);
  }

  @Test
  void anotherFailureIsNotRetried() {
    assertThatThrownBy(
            () ->
                OomBatchSplitter.faces(
                    4,
                    (first, chunks) -> {
                      calls.add(first + "+" + chunks);
                      throw new EngineException("The size of tensor a must match");
                    }))
        .isInstanceOf(EngineException.class);
    assertThat(calls).hasSize(1);
  }
}
