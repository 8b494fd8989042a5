package io.latentsync.audio;

import java.io.IOException;

/** Keeps the hidden states of the windows of a track that several may ask for. */
@FunctionalInterface
public interface WindowStore {
  /** Keeps nothing. */
  WindowStore NONE = (firstRow, encoding) -> encoding.encode();

  /** Computes the hidden states of a window. */
  @FunctionalInterface
  interface Encoding {
    /** Computes them; always the same for one window. */
    HiddenStates encode() throws IOException;
  }

  /**
   * The hidden states of a window.
   *
   * @param firstRow where in the track it begins, in rows of 20 ms; all windows are of one length
   * @param encoding computes them
   * @return what {@code encoding} gave, now or before
   */
  HiddenStates window(long firstRow, Encoding encoding) throws IOException;
}
