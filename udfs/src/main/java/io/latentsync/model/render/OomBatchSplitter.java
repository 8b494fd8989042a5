package io.latentsync.model.render;

import io.latentsync.memory.NativeMemoryException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Processes several chunks in one call, or in smaller calls if memory is insufficient. */
final class OomBatchSplitter {
  private static final Logger LOG = LoggerFactory.getLogger(OomBatchSplitter.class);

  private OomBatchSplitter() {}

  /** A call for some of the chunks. */
  @FunctionalInterface
  interface Call {
    /**
     * Computes the faces of chunks. Keeps no native memory after it returns or throws.
     *
     * @param first index of the first chunk
     * @param chunks number of chunks
     * @return one array for each face of these chunks
     */
    float[][] faces(int first, int chunks);
  }

  /**
   * Computes the faces of all chunks, in as few calls as memory allows. The results of smaller
   * calls may differ by rounding.
   *
   * @param chunks number of chunks, at least 1
   * @throws NativeMemoryException if memory is insufficient for a single chunk
   */
  static float[][] faces(int chunks, Call call) {
    return faces(0, chunks, call);
  }

  private static float[][] faces(int first, int chunks, Call call) {
    try {
      return call.faces(first, chunks);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (chunks == 1) {
        NativeMemoryException.throwIfCauseOf(e);
      }
      if (!NativeMemoryException.isCauseOf(e)) {
        throw e;
      }
      LOG.warn(
          "not enough memory for {} chunks per call; retrying with half as many; a smaller"
              + " --batch_size avoids that",
          chunks);
    }
    int half = chunks / 2;
    return Stream.of(faces(first, half, call), faces(first + half, chunks - half, call))
        .flatMap(Arrays::stream)
        .toArray(float[][]::new);
  }
}
