package io.latentsync.model.bundle;

import ai.djl.Device;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A cache of loaded networks that all tasks of this process share. The key is the fingerprint of
 * the files and the device, so a replaced file is loaded again. At most {@link #PER_DEVICE} unused
 * networks stay loaded on a device; beyond that the least recently used are closed. Networks with a
 * lease are never closed.
 *
 * @param <N> the networks
 */
final class NetworkCache<N> {
  /** Maximum number of unused networks per device: the current one and the one before. */
  static final int PER_DEVICE = 2;

  private final Consumer<N> closer;

  /** In order of use, least recent first. */
  private final Map<Key, Entry<N>> entries = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * An empty cache.
   *
   * @param closer frees networks
   */
  NetworkCache(Consumer<N> closer) {
    this.closer = closer;
  }

  /** Loads networks. */
  @FunctionalInterface
  interface Loader<N> {
    /**
     * Loads them.
     *
     * @throws IOException if a file is missing, damaged or of another network
     */
    N load() throws IOException;
  }

  /** Key: files and device. */
  private record Key(String fingerprint, Device device) {}

  /** Networks that are loaded or being loaded. */
  private static final class Entry<N> {
    /** Number of tasks that have or wait for a lease; guarded by the entries. */
    private int users;

    /** Null until loaded; guarded by the entry's lock. */
    private N network;
  }

  /**
   * The networks of files. The first caller loads them while others wait.
   *
   * @param fingerprint of the files
   * @param loader reads the files
   * @throws IOException if they cannot be loaded or are replaced meanwhile. Nothing stays loaded
   *     then, and the next caller tries again.
   */
  NetworkLease<N> lease(Fingerprint fingerprint, Device device, Loader<N> loader)
      throws IOException {
    Key key = new Key(fingerprint.compute(), device);
    Entry<N> entry = hold(key);
    boolean loaded = false;
    try {
      N network = network(entry, key, fingerprint, loader);
      loaded = true;
      return new NetworkLease<>(network, () -> release(key, entry));
    } finally {
      if (!loaded) {
        release(key, entry);
      }
    }
  }

  private N network(Entry<N> entry, Key key, Fingerprint fingerprint, Loader<N> loader)
      throws IOException {
    synchronized (entry) {
      if (entry.network == null) {
        N network = loader.load();
        boolean unchanged = false;
        try {
          unchanged = fingerprint.compute().equals(key.fingerprint());
        } finally {
          if (!unchanged) {
            closer.accept(network);
          }
        }
        if (!unchanged) {
          throw new IOException(
              "a file of the model was replaced while it was being loaded; run the command again");
        }
        entry.network = network;
      }
      return entry.network;
    }
  }

  private Entry<N> hold(Key key) {
    synchronized (entries) {
      Entry<N> entry = entries.computeIfAbsent(key, absent -> new Entry<>());
      entry.users++;
      // Before loading, to free memory for it.
      evict(key.device());
      return entry;
    }
  }

  private void release(Key key, Entry<N> entry) {
    synchronized (entries) {
      entry.users--;
      if (entry.users == 0 && entry.network == null) {
        entries.remove(key);
      }
      evict(key.device());
    }
  }

  private void evict(Device device) {
    long surplus =
        entries.keySet().stream().filter(key -> key.device().equals(device)).count() - PER_DEVICE;
    Iterator<Map.Entry<Key, Entry<N>>> oldest = entries.entrySet().iterator();
    while (surplus > 0 && oldest.hasNext()) {
      Map.Entry<Key, Entry<N>> candidate = oldest.next();
      if (candidate.getKey().device().equals(device) && candidate.getValue().users == 0) {
        oldest.remove();
        closer.accept(candidate.getValue().network);
        surplus--;
      }
    }
  }
}
