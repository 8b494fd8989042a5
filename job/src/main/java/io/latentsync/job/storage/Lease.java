package io.latentsync.job.storage;

import java.io.IOException;

/** An exclusive lease of a resource that several runs may use. */
public interface Lease {
  /** Whether this run still has the lease. */
  boolean lasts() throws IOException;

  /** Releases the lease. */
  void release() throws IOException;
}
