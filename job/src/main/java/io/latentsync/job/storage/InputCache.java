package io.latentsync.job.storage;

import com.google.common.math.LongMath;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.JobMetrics;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * A cache of remote inputs (checkpoints, videos, speech) in a local folder of each node. All
 * executors of the node share it, and later runs use it again. A copy is identified by the input's
 * name, length and modification time. The first process that needs it fetches it; the others wait.
 * A copy becomes visible when it is complete, and is not removed while it is used. The least
 * recently used copies are removed if another copy needs their space.
 *
 * <p>Before a process uses a copy for the first time, it checks the digest. A damaged copy is
 * fetched again.
 *
 * <p>Each entry has two bytes in the file {@code locks}. Its users hold a shared lock on one byte,
 * and the process that fetches or checks it locks the other. The length of an entry counts towards
 * the cache's size as soon as its fetch begins. Files with other names are ignored.
 */
public final class InputCache {
  /** The Hadoop property of the cache's folder, on a local file system of the node. */
  public static final String FOLDER = "latentsync.cache.dir";

  /** The Hadoop property of the cache's maximum size, in bytes or with a unit, such as 20g. */
  public static final String SIZE = "latentsync.cache.size";

  private static final long DEFAULT_BYTES = 20L << 30;

  /** The lock for adding and removing entries; the entries' locks are at lower positions. */
  private static final long ROOM = Long.MAX_VALUE - 1;

  /** Disk space that is kept free, because tasks would fail on a full disk. */
  private static final long LEFT_FREE = 1L << 30;

  /** The entries that this process uses. */
  private static final Map<Path, Hold> HOLDS = new HashMap<>();

  private final Path folder;
  private final long bytes;
  private final LockFile locks;

  private InputCache(Path folder, long bytes, LockFile locks) {
    this.folder = folder;
    this.bytes = bytes;
    this.locks = locks;
  }

  /** The lock on an entry that the tasks of this process share, and the number of these tasks. */
  private static final class Hold {
    private final FileLock lock;
    private int users;

    Hold(FileLock lock) {
      this.lock = lock;
    }
  }

  /** A copy that is not removed before this is closed. */
  public static final class Copy implements AutoCloseable {
    private final CacheEntry entry;
    private final Path path;

    private Copy(CacheEntry entry, String fileName) {
      this.entry = entry;
      this.path = entry.folder().resolve(fileName);
    }

    /** The local file or folder; must not be changed. */
    public Path path() {
      return path;
    }

    @Override
    public void close() throws IOException {
      synchronized (HOLDS) {
        Hold hold = HOLDS.get(entry.folder());
        hold.users--;
        if (hold.users == 0) {
          HOLDS.remove(entry.folder());
          hold.lock.release();
        }
      }
    }
  }

  /**
   * The cache of this node.
   *
   * @param configuration folder and maximum size; both have defaults
   * @throws IOException if its folder cannot be written to, or other users can use it; the message
   *     names the option
   */
  public static InputCache of(Configuration configuration) throws IOException {
    Path named =
        Path.of(
            configuration.get(
                FOLDER,
                Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "latentsync-cache-" + System.getProperty("user.name"))
                    .toString()));
    long size = configuration.getLongBytes(SIZE, DEFAULT_BYTES);
    try {
      // Other users must not be able to read copies of files that they cannot read.
      Path folder = LocalFolder.own(named, "--cache_dir");
      return new InputCache(folder, size, LockFile.of(folder.resolve("locks")));
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--cache_dir " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException("--cache_dir %s: cannot be written to: %s".formatted(named, e), e);
    }
  }

  /**
   * Returns a copy of a file or folder, and fetches it if there is none yet.
   *
   * @return empty if there is no space for it in addition to the copies in use
   * @throws IOException if the file does not exist, cannot be fetched, or changes meanwhile
   */
  public Optional<Copy> copy(Location input, Configuration configuration) throws IOException {
    FileStatus status = input.status(configuration);
    String state = input.state(status, configuration);
    CacheEntry entry = entry(input, status, state, configuration);
    Copy copy = hold(entry, input.fileName());
    boolean there = false;
    try {
      if (entry.isVerified()) {
        JobMetrics.INPUT_CACHE_HITS.inc();
      } else if (!fetch(input, state, entry, configuration)) {
        return Optional.empty();
      }
      Files.setLastModifiedTime(entry.folder(), FileTime.from(Instant.now()));
      there = true;
      return Optional.of(copy);
    } finally {
      if (!there) {
        copy.close();
      }
    }
  }

  private CacheEntry entry(
      Location input, FileStatus status, String state, Configuration configuration)
      throws IOException {
    FileSystem fileSystem = input.fileSystem(configuration);
    long length =
        status.isFile()
            ? status.getLen()
            : fileSystem.getContentSummary(input.hadoopPath()).getLength();
    // Without the host, the same path on two clusters would be one entry.
    return CacheEntry.of(folder, fileSystem.getUri() + "\n" + state, length);
  }

  /** Prevents that a process removes the entry, even if it does not exist yet. */
  private Copy hold(CacheEntry entry, String fileName) throws IOException {
    while (!tryHold(entry)) {
      // Another process is removing it.
      locks.lock(entry.useLockPosition(), true).release();
    }
    return new Copy(entry, fileName);
  }

  private boolean tryHold(CacheEntry entry) throws IOException {
    synchronized (HOLDS) {
      Hold hold = HOLDS.get(entry.folder());
      if (hold == null) {
        Optional<FileLock> lock = locks.tryLock(entry.useLockPosition(), true);
        if (lock.isEmpty()) {
          return false;
        }
        hold = new Hold(lock.get());
        HOLDS.put(entry.folder(), hold);
      }
      hold.users++;
      return true;
    }
  }

  /** Fetches an entry; false if there is no space. */
  private boolean fetch(Location input, String state, CacheEntry entry, Configuration configuration)
      throws IOException {
    try (FileLock fetching = locks.lock(entry.fetchLockPosition(), false)) {
      if (entry.isIntact()) {
        JobMetrics.INPUT_CACHE_HITS.inc();
        return true;
      }
      JobMetrics.INPUT_CACHE_MISSES.inc();
      if (!reserve(entry)) {
        return false;
      }
      try {
        input.copyTo(configuration, entry.part().resolve(input.fileName()));
        if (!input.state(configuration).equals(state) || !entry.finish()) {
          throw new IOException(input + ": was changed while it was being copied");
        }
        JobMetrics.INPUT_CACHE_BYTES.inc(entry.length());
      } finally {
        LocalFolder.delete(entry.part());
      }
      return true;
    }
  }

  /** Frees space for an entry; false if that is not possible. */
  private boolean reserve(CacheEntry entry) throws IOException {
    if (entry.length() > bytes) {
      return false;
    }
    try (FileLock alone = locks.lock(ROOM, false)) {
      entry.delete(); // Incomplete files of a killed fetch.
      List<CacheEntry> others =
          entries().stream().sorted(Comparator.comparing(CacheEntry::lastUse)).toList();
      for (int i = 0; i < others.size() && room() < entry.length(); i++) {
        deleteUnused(others.get(i));
      }
      boolean fits = room() >= entry.length();
      if (fits) {
        LocalFolder.claim(entry.part(), LocalFolder.Access.OWNER, "--cache_dir");
      }
      return fits;
    }
  }

  private void deleteUnused(CacheEntry entry) throws IOException {
    Optional<FileLock> alone = locks.tryLock(entry.useLockPosition(), false);
    if (alone.isPresent()) {
      try (FileLock unused = alone.get()) {
        entry.delete();
      }
    }
  }

  /** Number of bytes that are available for another entry. */
  private long room() throws IOException {
    long taken = 0;
    for (CacheEntry entry : entries()) {
      taken = LongMath.saturatedAdd(taken, entry.length());
    }
    return Math.min(bytes - taken, Files.getFileStore(folder).getUsableSpace() - LEFT_FREE);
  }

  private List<CacheEntry> entries() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(CacheEntry::of).flatMap(Optional::stream).distinct().toList();
    }
  }
}
