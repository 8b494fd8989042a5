package io.latentsync.model.bundle;

/**
 * The use of loaded networks that other tasks of this process use, too. They stay loaded at least
 * until this is closed.
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
   * The networks; not to be used once this is closed.
   *
   * @throws IllegalStateException if it is closed
   */
  public synchronized N network() {
    if (closed) {
      throw new IllegalStateException("the lease is closed: the network may be gone");
    }
    return network;
  }

  /** Ends the use. Closing it once more does nothing. */
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
