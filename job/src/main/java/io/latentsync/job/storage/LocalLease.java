package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A hold on a local folder against other runs of this user on this machine: a lock that the
 * operating system keeps until the process ends or releases it. All leases are in one file, in a
 * folder that others cannot reach.
 */
public record LocalLease(FileLock lock) implements Lease {
  /** Of the digest that stands for a folder: 60 bits, a place in the file. */
  private static final int DIGITS = 15;

  /**
   * Takes the hold on a folder, which need not exist.
   *
   * @return empty if another run has it
   * @throws IOException if this user's folder of locks cannot be made, or is not his alone
   */
  public static Optional<LocalLease> take(Path folder) throws IOException {
    // Not in the folder, which comes and goes: a lock on a file that was removed locks nothing.
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
