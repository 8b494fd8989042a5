package io.latentsync.job.storage;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIsNotEmptyDirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's hold on something that other machines see too, on a file system without locks: a file
 * with a name of its own in a folder of such files, written again and again as long as the run
 * lives. A run first puts its file there and then looks for others; if one is there, it takes its
 * own away. So of two that come at once both may fail, but never both succeed, and no file is ever
 * taken from one run by another that means a third. It takes a file system that shows a file to all
 * from the moment that it is written, as HDFS, S3 and Google Cloud Storage do; that two cannot make
 * one file is not needed.
 *
 * <p>A file that has not been written for some time is of a run that was killed, and is removed.
 * The file system's own clock counts. A run that was not dead but stood still for so long finds its
 * file gone, and knows that it has nothing any more.
 */
public final class SharedLease implements Lease {
  private static final Logger log = LoggerFactory.getLogger(SharedLease.class);

  private static final ScheduledExecutorService RENEWALS =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "latentsync-leases");
            thread.setDaemon(true);
            return thread;
          });

  private final Location file;
  private final Configuration configuration;
  private final Future<?> renewals;
  private boolean lost;
  private boolean released;

  /**
   * How often files are written and looked at.
   *
   * @param renewal between two writings of a run that lives
   * @param patience after which a run that has not written is taken for dead; several renewals
   */
  public record Times(Duration renewal, Duration patience) {
    /** A driver that collects garbage or waits for a busy file system is not dead. */
    public static final Times USUAL = new Times(Duration.ofSeconds(15), Duration.ofSeconds(60));

    private Duration look() {
      return renewal.dividedBy(10);
    }
  }

  private SharedLease(Location file, Configuration configuration, Times times) {
    this.file = file;
    this.configuration = configuration;
    long period = times.renewal().toMillis();
    this.renewals =
        RENEWALS.scheduleWithFixedDelay(this::renew, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Takes the hold if no run that lives has it. If one seems to, this waits until that has written
   * its file again, or long enough to know that it is dead.
   *
   * @param folder where the runs' files are; made if it is not there
   * @return empty if another run has it
   */
  public static Optional<SharedLease> take(
      Location folder, Configuration configuration, Times times) throws IOException {
    Location own = folder.child(UUID.randomUUID().toString());
    Map<Path, Long> seen = Map.of();
    while (true) {
      Map<Path, Long> others;
      boolean held = false;
      try {
        write(own, configuration);
        others = livingBeside(own, configuration, times);
        held = others.isEmpty();
      } finally {
        if (!held) {
          remove(own, configuration);
        }
      }
      if (held) {
        return Optional.of(new SharedLease(own, configuration, times));
      }
      for (Map.Entry<Path, Long> other : others.entrySet()) {
        if (seen.containsKey(other.getKey())
            && !seen.get(other.getKey()).equals(other.getValue())) {
          return Optional.empty();
        }
      }
      seen = others;
      Pause.of(times.look());
    }
  }

  private static void write(Location file, Configuration configuration) throws IOException {
    file.fileSystem(configuration).create(file.hadoopPath(), true).close();
  }

  /** With its folder, if no other run has a file there. */
  private static void remove(Location file, Configuration configuration) throws IOException {
    file.delete(configuration);
    try {
      file.fileSystem(configuration).delete(file.parent().hadoopPath(), false);
    } catch (PathIsNotEmptyDirectoryException e) {
      log.debug("{} is another run's now", file.parent());
    }
  }

  /** When the others' files were written; removes those of the dead. */
  private static Map<Path, Long> livingBeside(
      Location own, Configuration configuration, Times times) throws IOException {
    FileSystem fileSystem = own.fileSystem(configuration);
    long now = own.status(configuration).getModificationTime();
    Map<Path, Long> living = new HashMap<>();
    for (FileStatus other : fileSystem.listStatus(own.parent().hadoopPath())) {
      if (!other.isFile() || other.getPath().getName().equals(own.fileName())) {
        continue;
      }
      if (now - other.getModificationTime() > times.patience().toMillis()) {
        fileSystem.delete(other.getPath(), false);
      } else {
        living.put(other.getPath(), other.getModificationTime());
      }
    }
    return living;
  }

  private synchronized void renew() {
    if (released || lost) {
      return;
    }
    try {
      if (file.exists(configuration)) {
        write(file, configuration);
      } else {
        lost = true;
        log.error("{} has gone: another run has taken this one for dead", file);
      }
    } catch (IOException e) {
      log.warn("could not renew {}, which is tried again: {}", file, e.getMessage(), e);
    }
  }

  @Override
  public synchronized boolean lasts() throws IOException {
    return !released && !lost && file.exists(configuration);
  }

  @Override
  public synchronized void release() throws IOException {
    if (released) {
      return;
    }
    released = true;
    renewals.cancel(false);
    remove(file, configuration);
  }
}
