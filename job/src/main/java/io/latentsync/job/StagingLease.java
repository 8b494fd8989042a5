package io.latentsync.job;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * One run's hold on the staging of a request. If another run on this machine holds it, because the
 * same command runs twice at once, this run gets a staging of its own, so that neither removes what
 * the other needs. Whichever way the run ends, only the faces and finished segments are left, for
 * the same command to go on from; nothing after success or in a staging of its own.
 *
 * <p>Stagings on a shared file system such as HDFS are not held: there it is for the user not to
 * run the same command twice at once.
 */
final class StagingLease implements AutoCloseable {
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Staging staging;
  private final Configuration configuration;
  private final Optional<Lock> lock;
  private final boolean shared;
  private final Runnable forget;
  private boolean done;
  private boolean closed;

  /** A file locked by the operating system until the process ends or closes it. */
  private record Lock(Path file, FileChannel channel) {

    /** Empty if another run has it. */
    static Optional<Lock> of(Staging staging) throws IOException {
      // Not in the staging, which comes and goes: a lock on a file that was removed locks nothing.
      Path folder =
          Files.createDirectories(
              Path.of(
                  System.getProperty("java.io.tmpdir"),
                  "latentsync-locks-" + System.getProperty("user.name")));
      Path file =
          folder.resolve(DigestUtils.sha256Hex(staging.folder().localPath().toString()) + ".lock");
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
      return locked ? Optional.of(new Lock(file, channel)) : Optional.empty();
    }

    void release() throws IOException {
      channel.close();
      HELD_HERE.remove(file);
    }
  }

  private StagingLease(
      Staging staging, boolean shared, Optional<Lock> lock, Configuration configuration) {
    this.staging = staging;
    this.shared = shared;
    this.lock = lock;
    this.configuration = configuration;
    this.forget = ExitTasks.add(ExitTasks.Order.SECOND, this::close);
  }

  /**
   * Takes the staging of a request.
   *
   * @param root the folder that it is in
   * @throws IOException if an input is not there
   */
  static StagingLease take(DubRequest request, Location root, Configuration configuration)
      throws IOException {
    return take(Staging.of(request, root, configuration), configuration);
  }

  /** Takes a staging. */
  static StagingLease take(Staging staging, Configuration configuration) throws IOException {
    if (!staging.folder().isLocal()) {
      return new StagingLease(staging, true, Optional.empty(), configuration);
    }
    Optional<Lock> lock = Lock.of(staging);
    return new StagingLease(
        lock.isPresent() ? staging : staging.apart(), lock.isPresent(), lock, configuration);
  }

  /** Where the parts of the request are kept. */
  Staging staging() {
    return staging;
  }

  /** Says that the output is there, so that nothing needs to be kept. */
  synchronized void done() {
    done = true;
  }

  /** Removes what nobody will need, and lets other runs have the staging. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    forget.run();
    try {
      if (done || !shared) {
        staging.delete(configuration);
      } else {
        staging.deleteUnfinished(configuration);
      }
    } finally {
      if (lock.isPresent()) {
        lock.get().release();
      }
    }
  }
}
