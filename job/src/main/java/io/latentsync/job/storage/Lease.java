package io.latentsync.job.storage;

import java.io.IOException;

/** An exclusive hold on something that runs share. */
public interface Lease {
  /** Whether it is still held. */
  boolean lasts() throws IOException;

  /** Releases it. */
  void release() throws IOException;
}
