package io.latentsync.job.staging;

import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.ExitTasks;
import io.latentsync.job.storage.Lease;
import io.latentsync.job.storage.LocalLease;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.SharedLease;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run's hold on the staging of a request. If another run holds it, because the same command
 * runs twice at once, this run gets a staging of its own, so that neither removes what the other
 * needs. Whichever way the run ends, only the faces and finished segments are left, for the same
 * command to go on from; nothing after success or in a staging of its own.
 *
 * <p>On a local file system a {@link LocalLease} keeps the other runs of this machine away, on
 * others, such as HDFS, a {@link SharedLease} next to the folder.
 */
public final class StagingLease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StagingLease.class);

  private final Staging staging;
  private final Configuration configuration;
  private final Optional<? extends Lease> hold;
  private final Runnable forget;
  private boolean done;
  private boolean closed;

  private StagingLease(
      Staging staging, Optional<? extends Lease> hold, Configuration configuration) {
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
  public static StagingLease take(DubRequest request, Location root, Configuration configuration)
      throws IOException {
    return take(Staging.of(request, root, configuration), configuration);
  }

  /** Takes a staging. */
  public static StagingLease take(Staging staging, Configuration configuration) throws IOException {
    return take(staging, configuration, SharedLease.Times.USUAL);
  }

  /**
   * Takes a staging.
   *
   * @param times of a lease on a file system that is not local
   */
  public static StagingLease take(
      Staging staging, Configuration configuration, SharedLease.Times times) throws IOException {
    return new StagingLease(
        staging,
        staging.folder().isLocal()
            ? LocalLease.take(staging.folder().localPath())
            : SharedLease.take(staging.lease(), configuration, times),
        configuration);
  }

  /**
   * Takes a staging that no run has been in, for a run that repeats everything. Nothing is left of
   * it.
   *
   * @param root the folder that it is in
   * @throws IOException if an input is not there
   */
  public static StagingLease fresh(DubRequest request, Location root, Configuration configuration)
      throws IOException {
    return new StagingLease(
        Staging.of(request, root, configuration), Optional.empty(), configuration);
  }

  /** Where the parts of the request are kept. */
  public Staging staging() {
    return staging;
  }

  /** Says that the output is there, so that nothing needs to be kept. */
  public synchronized void done() {
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
