package io.latentsync.job.storage;

import java.io.IOException;

/** Keeps other runs away from something that they share. */
public interface Lease {
  /** Whether it still does. */
  boolean lasts() throws IOException;

  /** Lets others take it. */
  void release() throws IOException;
}
