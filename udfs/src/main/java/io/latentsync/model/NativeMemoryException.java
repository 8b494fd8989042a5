package io.latentsync.model;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.util.Locale;

/** The networks wanted more memory than the machine or its GPU has left. */
public final class NativeMemoryException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure that cannot be helped by doing less at once.
   *
   * @param message names the options that would help
   */
  NativeMemoryException(String message, EngineException cause) {
    super(message, cause);
  }

  /** Whether libtorch failed because memory ran out; it tells by words alone. */
  static boolean isCauseOf(EngineException failure) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("out of memory") // CUDA, MPS
        || message.contains("can't allocate memory") // CPU
        || message.contains("not enough memory"); // CPU, Windows
  }
}
