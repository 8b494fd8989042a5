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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run's hold on the staging of a request. If another run holds it, because the same command
 * runs twice at once, this run gets a staging of its own, so that neither removes what the other
 * needs. Whichever way the run ends, only finished segments are left, for the same command to go on
 * from; none after success or in a staging of its own.
 *
 * <p>On a local file system the operating system knows who holds a staging, of the runs on this
 * machine. On others, such as HDFS, a {@link SharedLease} beside it tells.
 */
final class StagingLease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StagingLease.class);
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Staging staging;
  private final Configuration configuration;
  private final Optional<? extends Hold> hold;
  private final Runnable forget;
  private boolean done;
  private boolean closed;

  /** What keeps other runs away. */
  interface Hold {
    /** Whether it does so still. */
    boolean lasts() throws IOException;

    /** Lets others come. */
    void release() throws IOException;
  }

  /** A file locked by the operating system until the process ends or closes it. */
  private record Lock(Path file, FileChannel channel) implements Hold {

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

  private StagingLease(
      Staging staging, Optional<? extends Hold> hold, Configuration configuration) {
    this.staging = hold.isPresent() ? staging : staging.apart();
    this.hold = hold;
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
    return take(staging, configuration, SharedLease.Times.USUAL);
  }

  /**
   * Takes a staging.
   *
   * @param times of a lease on a file system that is not local
   */
  static StagingLease take(Staging staging, Configuration configuration, SharedLease.Times times)
      throws IOException {
    return new StagingLease(
        staging,
        staging.folder().isLocal()
            ? Lock.of(staging)
            : SharedLease.take(staging.lease(), configuration, times),
        configuration);
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
      removeParts();
    } finally {
      if (hold.isPresent()) {
        hold.get().release();
      }
    }
  }

  private void removeParts() throws IOException {
    if (hold.isEmpty()) {
      staging.delete(configuration);
    } else if (!hold.get().lasts()) {
      log.warn("{} is left to another run", staging.folder());
    } else if (done) {
      staging.delete(configuration);
    } else {
      staging.deleteUnfinished(configuration);
    }
  }
}
