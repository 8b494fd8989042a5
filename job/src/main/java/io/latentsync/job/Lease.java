package io.latentsync.job;

import java.io.IOException;

/** Keeps other runs away from something that they share. */
interface Lease {
  /** Whether it still does. */
  boolean lasts() throws IOException;

  /** Lets others take it. */
  void release() throws IOException;
}
