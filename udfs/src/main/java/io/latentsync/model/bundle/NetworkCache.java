package io.latentsync.model.bundle;

import ai.djl.Device;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Loaded networks that all tasks of this process share, by the fingerprint of their files and the
 * device: a file that is replaced is loaded again. At most {@link #PER_DEVICE} stay loaded on a
 * device without being used; beyond that the least recently used are closed, but none while a task
 * has a lease of it.
 *
 * @param <N> the networks
 */
final class NetworkCache<N> {
  /** How many stay loaded on a device: one to go back to beside the current one. */
  static final int PER_DEVICE = 2;

  private final Consumer<N> closer;

  /** Those least recently asked for first. */
  private final Map<Key, Entry<N>> entries = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * An empty cache.
   *
   * @param closer frees the memory of networks
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

  /** What is loaded where. */
  private record Key(String fingerprint, Device device) {}

  /** Networks, or the place of some that a task is loading. */
  private static final class Entry<N> {
    /** Tasks with a lease or on the way to one; guarded by the entries. */
    private int users;

    /** Null until it is loaded; written under the entry's lock by a user. */
    private N network;
  }

  /**
   * The networks of some files, loaded by the first caller while the others wait.
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
      // Before it is loaded, so that there is room for it.
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
