package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A lease of a local folder that excludes other runs of this user, also on other machines and in
 * containers that share the disk. It is a lock that the operating system releases at the latest
 * when the process ends. The leases of all folders with the same parent are in one file next to
 * them, which the last run removes.
 */
public final class LocalLease implements Lease {
  /** Number of hexadecimal digits of a name's digest that are the position in the file: 60 bits. */
  private static final int DIGITS = 15;

  private final LockFile locks;
  private final FileLock lock;

  private LocalLease(LockFile locks, FileLock lock) {
    this.locks = locks;
    this.lock = lock;
  }

  /**
   * Leases a folder, which need not exist. Its parent folder is created if it does not exist.
   *
   * @return empty if another run has the lease
   * @throws LocksNotSupportedException if the file system has no locks
   * @throws IOException if the parent folder or the file with the locks cannot be used
   */
  public static synchronized Optional<LocalLease> take(Path folder) throws IOException {
    Path parent = LocalFolder.requireSafe(folder.getParent(), "--temp_dir");
    String digest = DigestUtils.sha256Hex(folder.getFileName().toString());
    long place = Long.parseLong(digest.substring(0, DIGITS), 16);
    while (true) {
      // Not inside the leased folder, which the run removes. Each user has a file, because others
      // may not open it.
      LockFile locks = LockFile.of(parent.resolve(".latentsync-leases-" + LocalFolder.userId()));
      Optional<FileLock> lock;
      try {
        lock = locks.tryLock(place, false);
      } catch (IOException e) {
        throw new LocksNotSupportedException(parent, e);
      }
      if (locks.isInPlace()) {
        return lock.map(held -> new LocalLease(locks, held));
      }
      // Another run has removed the file meanwhile.
      if (lock.isPresent()) {
        lock.get().release();
      }
    }
  }

  @Override
  public boolean lasts() throws IOException {
    return lock.isValid() && locks.isInPlace();
  }

  @Override
  public void release() throws IOException {
    synchronized (LocalLease.class) {
      lock.release();
      locks.deleteIfUnused();
    }
  }
}
