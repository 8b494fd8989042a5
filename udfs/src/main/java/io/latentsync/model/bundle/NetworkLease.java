package io.latentsync.model.bundle;

/**
 * A lease of loaded networks that tasks of this process share. They stay loaded until all leases
 * are closed.
 *
 * @param <N> the networks
 */
public final class NetworkLease<N> implements AutoCloseable {
  private final N network;
  private final Runnable release;
  private boolean closed;

  NetworkLease(N network, Runnable release) {
    this.network = network;
    this.release = release;
  }

  /**
   * The networks. They must not be used after {@link #close}.
   *
   * @throws IllegalStateException if this is closed
   */
  public synchronized N network() {
    if (closed) {
      throw new IllegalStateException("the lease is closed: the network may be gone");
    }
    return network;
  }

  /** Ends the lease. A second call has no effect. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    release.run();
  }
}
