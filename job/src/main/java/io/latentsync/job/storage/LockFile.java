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
 * Any number of locks between the processes of a machine and the threads of this one, all in one
 * file: a lock is a byte, and its place is its name. They end when they are closed or the process
 * ends, however it does. Two of one place exclude one another inside a process even if both are
 * shared.
 */
final class LockFile {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Map<Path, LockFile> OPENED = new HashMap<>();

  private final FileChannel channel;

  /** Identifies the file; null where the file system does not number its files. */
  private final Object key;

  private LockFile(FileChannel channel, Object key) {
    this.channel = channel;
    this.key = key;
  }

  /**
   * The locks in a file, which is made if it is not there.
   *
   * @param file an absolute path, always the same one for the same file; in a folder that only this
   *     user can write to
   * @throws IOException if it is a link or no file
   */
  static LockFile of(Path file) throws IOException {
    synchronized (OPENED) {
      LockFile opened = OPENED.get(file);
      // What cleans the folder up may have removed it; others then lock a new one.
      if (opened == null || !Optional.ofNullable(opened.key).equals(key(file))) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new FileSystemException(file.toString(), null, "is not a file; remove it");
        }
        // Never closed: closing any channel of a file ends all locks that this process has on it.
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

  /** Empty if another process or thread has the lock. */
  Optional<FileLock> tryLock(long place, boolean shared) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(place, 1, shared));
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // This process has it.
    }
  }

  /** Waits until no other process or thread has the lock. */
  FileLock lock(long place, boolean shared) throws IOException {
    // FileChannel.lock closes the file, and so ends all locks, when a thread that waits in it is
    // interrupted, as Spark does with the slower of two attempts.
    Optional<FileLock> lock = tryLock(place, shared);
    while (lock.isEmpty()) {
      Pause.of(LOOK);
      lock = tryLock(place, shared);
    }
    return lock.get();
  }
}
