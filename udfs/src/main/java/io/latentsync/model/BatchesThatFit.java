package io.latentsync.model;

import ai.djl.engine.EngineException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several chunks in one call; in smaller calls where memory does not suffice for all of them. */
final class BatchesThatFit {
  private static final Logger LOG = LoggerFactory.getLogger(BatchesThatFit.class);

  private BatchesThatFit() {}

  /** A call for some of the chunks. */
  @FunctionalInterface
  interface Call {
    /**
     * Makes the faces of chunks.
     *
     * @param first index of the first chunk
     * @param chunks how many
     * @return one array for each face of these chunks
     */
    float[][] faces(int first, int chunks);
  }

  /**
   * Makes the faces of all chunks, in as few calls as memory allows. Pictures of smaller calls may
   * differ by rounding.
   *
   * @param chunks how many there are, at least 1
   * @throws NativeMemoryException if memory does not suffice for a single one
   */
  static float[][] faces(int chunks, Call call) throws NativeMemoryException {
    return faces(0, chunks, call);
  }

  private static float[][] faces(int first, int chunks, Call call) throws NativeMemoryException {
    try {
      return call.faces(first, chunks);
    } catch (EngineException e) {
      if (!NativeMemoryException.isCauseOf(e)) {
        throw e;
      }
      if (chunks == 1) {
        throw new NativeMemoryException(e);
      }
      LOG.warn(
          "memory does not suffice for {} chunks at once, half as many are tried; a smaller"
              + " --batch_size avoids that",
          chunks);
    }
    int half = chunks / 2;
    return Stream.of(faces(first, half, call), faces(first + half, chunks - half, call))
        .flatMap(Arrays::stream)
        .toArray(float[][]::new);
  }
}
