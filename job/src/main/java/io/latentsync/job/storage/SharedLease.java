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
 * A run's lease of a resource that several machines share, on a file system without locks. Each run
 * writes a file with a unique name into a folder and renews it regularly until it ends. A run first
 * writes its file and then lists the other files; if there are any, it removes its own. So if two
 * runs start at the same time, both may fail, but they never both succeed, and a run never removes
 * the file of a run that it has not checked. The file system must show a file to all clients as
 * soon as it is written, as HDFS, S3 and Google Cloud Storage do. It need not support exclusive
 * creation.
 *
 * <p>A file that has not been renewed for some time belongs to a run that was killed, and is
 * removed. Only the file system's clock is used. If a run was not killed but paused for so long, it
 * detects by the missing file that it has lost the lease.
 */
public final class SharedLease implements Lease {
  private static final Logger log = LoggerFactory.getLogger(SharedLease.class);

  /**
   * Renews so many leases at the same time. A renewal takes tens of milliseconds in an object
   * store, and a run may have thousands of leases.
   */
  private static final int RENEWING_THREADS = 16;

  private static final ScheduledExecutorService RENEWALS =
      Executors.newScheduledThreadPool(
          RENEWING_THREADS,
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
   * The intervals of a lease.
   *
   * @param renewal time between two renewals
   * @param expiry time without a renewal after which a run counts as killed; several renewal
   *     intervals
   */
  public record Times(Duration renewal, Duration expiry) {
    /** Long enough for a driver during garbage collection or on a slow file system. */
    public static final Times USUAL = new Times(Duration.ofSeconds(15), Duration.ofSeconds(60));

    private Duration pollInterval() {
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
   * Acquires the lease if no running run has it. If there is another run's file, this method waits
   * until the file is renewed or its run counts as killed.
   *
   * @param folder folder of the runs' files; created if it does not exist
   * @return empty if another run has the lease
   */
  public static Optional<SharedLease> take(
      Location folder, Configuration configuration, Times times) throws IOException {
    Location own = folder.child(UUID.randomUUID().toString());
    Map<Path, Long> previous = Map.of();
    while (true) {
      Map<Path, Long> others;
      boolean held = false;
      try {
        write(own, configuration);
        others = otherRunningRuns(own, configuration, times);
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
        if (previous.containsKey(other.getKey())
            && !previous.get(other.getKey()).equals(other.getValue())) {
          return Optional.empty();
        }
      }
      previous = others;
      Pause.of(times.pollInterval());
    }
  }

  private static void write(Location file, Configuration configuration) throws IOException {
    file.fileSystem(configuration).create(file.hadoopPath(), true).close();
  }

  /** Removes a lease file, and the folder if no other run has a file in it. */
  private static void remove(Location file, Configuration configuration) throws IOException {
    file.delete(configuration);
    try {
      file.fileSystem(configuration).delete(file.parent().hadoopPath(), false);
    } catch (PathIsNotEmptyDirectoryException e) {
      log.debug("{} belongs to another run now", file.parent());
    }
  }

  /**
   * Returns the modification times of the other running runs' files. Removes the files of killed
   * runs.
   */
  private static Map<Path, Long> otherRunningRuns(
      Location own, Configuration configuration, Times times) throws IOException {
    FileSystem fileSystem = own.fileSystem(configuration);
    long now = own.status(configuration).getModificationTime();
    Map<Path, Long> living = new HashMap<>();
    for (FileStatus other : fileSystem.listStatus(own.parent().hadoopPath())) {
      if (!other.isFile() || other.getPath().getName().equals(own.fileName())) {
        continue;
      }
      if (now - other.getModificationTime() > times.expiry().toMillis()) {
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
        log.error("{} was removed: another run considered this run killed", file);
      }
    } catch (IOException | RuntimeException e) {
      // Clients of object stores also throw unchecked exceptions. One would end all renewals.
      log.warn("could not renew {}, trying again: {}", file, e.getMessage(), e);
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
