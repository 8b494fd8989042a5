package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A lease of a local folder that excludes other runs of this user on this machine. It is a lock
 * that the operating system releases at the latest when the process ends. All leases are in one
 * file, in a folder that other users cannot access.
 */
public record LocalLease(FileLock lock) implements Lease {
  /**
   * Number of hexadecimal digits of a folder's digest that are the position in the file: 60 bits.
   */
  private static final int DIGITS = 15;

  /**
   * Leases a folder, which need not exist.
   *
   * @return empty if another run has the lease
   * @throws IOException if this user's lock folder cannot be created, or other users can access it
   */
  public static Optional<LocalLease> take(Path folder) throws IOException {
    // Not inside the leased folder: it may be removed, and a lock on a removed file has no effect.
    Path locks =
        LocalFolder.own(
            LocalFolder.temporary().resolve("latentsync-leases-" + System.getProperty("user.name")),
            "-Djava.io.tmpdir");
    String digest = DigestUtils.sha256Hex(folder.toString());
    return LockFile.of(locks.resolve("locks"))
        .tryLock(Long.parseLong(digest.substring(0, DIGITS), 16), false)
        .map(LocalLease::new);
  }

  @Override
  public boolean lasts() {
    return lock.isValid();
  }

  @Override
  public void release() throws IOException {
    lock.release();
  }
}
