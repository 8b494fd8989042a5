package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A hold on a local folder against other runs on this machine: a file that the operating system
 * keeps locked until the process ends or closes it.
 */
public record LocalLease(Path file, FileChannel channel) implements Lease {
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  /**
   * Takes the hold on a folder, which need not exist.
   *
   * @return empty if another run has it
   */
  public static Optional<LocalLease> take(Path folder) throws IOException {
    // Not in the folder, which comes and goes: a lock on a file that was removed locks nothing.
    Path locks =
        Files.createDirectories(
            Path.of(
                System.getProperty("java.io.tmpdir"),
                "latentsync-locks-" + System.getProperty("user.name")));
    Path file = locks.resolve(DigestUtils.sha256Hex(folder.toString()) + ".lock");
    // Closing any channel of a file ends all locks that this process has on it.
    if (!HELD_HERE.add(file)) {
      return Optional.empty();
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      locked = channel.tryLock() != null;
    } finally {
      if (!locked) {
        if (channel != null) {
          channel.close();
        }
        HELD_HERE.remove(file);
      }
    }
    return locked ? Optional.of(new LocalLease(file, channel)) : Optional.empty();
  }

  @Override
  public boolean lasts() {
    return channel.isOpen();
  }

  @Override
  public void release() throws IOException {
    channel.close();
    HELD_HERE.remove(file);
  }
}
