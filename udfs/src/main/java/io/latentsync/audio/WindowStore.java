package io.latentsync.audio;

import java.io.IOException;

/** A store of the hidden states of a track's windows. */
@FunctionalInterface
public interface WindowStore {
  /** Keeps nothing. */
  WindowStore NONE = (firstRow, encoding) -> encoding.encode();

  /** Computes the hidden states of a window. */
  @FunctionalInterface
  interface Encoding {
    /** Computes them; the result depends on the window only. */
    HiddenStates encode() throws IOException;
  }

  /**
   * The hidden states of a window.
   *
   * @param firstRow first row of the window, in rows of 20 ms; all windows have one length
   * @param encoding computes them
   * @return the result of {@code encoding}, computed now or earlier
   */
  HiddenStates window(long firstRow, Encoding encoding) throws IOException;
}
