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
import java.util.Set;

/**
 * Locks between processes and the threads of this process, all in one file. A lock covers one byte,
 * and its position identifies it. A lock ends when it is closed or when the process ends, even if
 * it is killed. Within a process, two locks of the same byte exclude each other even if both are
 * shared.
 */
final class LockFile {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final Map<Path, LockFile> OPENED = new HashMap<>();

  private final Path file;
  private final FileChannel channel;

  /** Identifies the file; null if the file system has no file numbers. */
  private final Object key;

  private LockFile(Path file, FileChannel channel, Object key) {
    this.file = file;
    this.channel = channel;
    this.key = key;
  }

  /**
   * Opens the locks in a file, and creates the file if it does not exist.
   *
   * @param file an absolute path, which must always be the same for the same file
   * @throws IOException if it is a link or not a file
   */
  static LockFile of(Path file) throws IOException {
    synchronized (OPENED) {
      LockFile opened = OPENED.get(file);
      // A cleanup of the folder may have removed the file. Other processes then use a new file.
      if (opened == null || !opened.isInPlace()) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new FileSystemException(file.toString(), null, "is not a file; remove it");
        }
        // Not closed while in use: closing a channel releases all locks of this process on the
        // file.
        FileChannel channel =
            FileChannel.open(
                file,
                Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS),
                LocalFolder.ownFile());
        opened = new LockFile(file, channel, key(file).orElse(null));
        OPENED.put(file, opened);
      }
      return opened;
    }
  }

  /** Whether the file still exists under its name, so that other processes use it, too. */
  boolean isInPlace() throws IOException {
    return Optional.ofNullable(key).equals(key(file));
  }

  /**
   * Removes the file if no process has a lock in it. A process that has opened it meanwhile gets a
   * lock without effect, so it must check {@link #isInPlace} after taking a lock. No thread of this
   * process may use this object during and after this call.
   */
  void deleteIfUnused() throws IOException {
    synchronized (OPENED) {
      try {
        if (channel.tryLock(0, Long.MAX_VALUE, false) == null) {
          return; // Another process has a lock.
        }
      } catch (OverlappingFileLockException e) {
        return; // This process has another lock.
      }
      if (isInPlace()) {
        Files.deleteIfExists(file);
      }
      OPENED.remove(file, this);
      channel.close();
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
