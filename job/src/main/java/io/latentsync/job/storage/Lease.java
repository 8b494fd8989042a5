package io.latentsync.job.storage;

import java.io.IOException;

/** An exclusive lease of a resource that several runs use. */
public interface Lease {
  /** Whether it is still held. */
  boolean lasts() throws IOException;

  /** Releases it. */
  void release() throws IOException;
}
