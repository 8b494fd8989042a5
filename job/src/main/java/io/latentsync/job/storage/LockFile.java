package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Locks between the processes of a machine and the threads of this process, all in one file. A lock
 * covers one byte, and its position identifies it. A lock ends when it is closed or when the
 * process ends, even if it is killed. Within a process, two locks of the same byte exclude each
 * other even if both are shared.
 */
final class LockFile {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final Map<Path, LockFile> OPENED = new HashMap<>();

  private final FileChannel channel;

  /** Identifies the file; null if the file system has no file numbers. */
  private final Object key;

  private LockFile(FileChannel channel, Object key) {
    this.channel = channel;
    this.key = key;
  }

  /**
   * Opens the locks in a file, and creates the file if it does not exist.
   *
   * @param file an absolute path, which must always be the same for the same file, in a folder that
   *     only this user can write to
   * @throws IOException if it is a link or not a file
   */
  static LockFile of(Path file) throws IOException {
    synchronized (OPENED) {
      LockFile opened = OPENED.get(file);
      // A cleanup of the folder may have removed the file. Other processes then use a new file.
      if (opened == null || !Optional.ofNullable(opened.key).equals(key(file))) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new FileSystemException(file.toString(), null, "is not a file; remove it");
        }
        // Never closed: closing a channel of a file releases all locks of this process on the file.
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        opened = new LockFile(channel, key(file).orElse(null));
        OPENED.put(file, opened);
      }
      return opened;
    }
  }

  private static Optional<Object> key(Path file) throws IOException {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        ? Optional.ofNullable(
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey())
        : Optional.empty();
  }

  /** Acquires a lock; empty if another process or thread has it. */
  Optional<FileLock> tryLock(long place, boolean shared) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(place, 1, shared));
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // This process has the lock.
    }
  }

  /** Acquires a lock. Waits while another process or thread has it. */
  FileLock lock(long place, boolean shared) throws IOException {
    // An interrupt during FileChannel.lock closes the file, which releases all its locks.
    // Spark interrupts the slower of two attempts.
    Optional<FileLock> lock = tryLock(place, shared);
    while (lock.isEmpty()) {
      Pause.of(POLL_INTERVAL);
      lock = tryLock(place, shared);
    }
    return lock.get();
  }
}
