package io.latentsync.job.staging;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.storage.ExitTasks;
import io.latentsync.job.storage.Lease;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.LocalLease;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.LocksNotSupportedException;
import io.latentsync.job.storage.SharedLease;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's lease of the staging folder of a request. If the same command runs twice at the same
 * time, the second run does not get the lease and uses another folder, so that neither run removes
 * the other's files. After a failed run only the faces and finished segments are kept, and the same
 * command resumes from them. After a successful run, and in a second folder, nothing is kept.
 *
 * <p>The lease is next to the folder, so it excludes the runs on all machines that share it: a
 * {@link LocalLease} on a file system with locks; on others, such as HDFS, a {@link SharedLease}.
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
    this.staging = staging;
    this.hold = hold;
    this.configuration = configuration;
    this.forget = ExitTasks.add(ExitTasks.Order.SECOND, this::close);
  }

  private static StagingLease open(
      Staging asked,
      Optional<? extends Lease> hold,
      boolean isFresh,
      LocalFolder.Access access,
      Configuration configuration)
      throws IOException {
    Staging staging = hold.isPresent() ? asked : asked.apart();
    if (hold.isEmpty() && !isFresh) {
      log.warn(
          "another run works on the same request; this run does all of the work again, in {}",
          staging.folder());
    }
    boolean ready = false;
    try {
      if (staging.folder().isLocal()) {
        LocalFolder.claim(staging.folder().localPath(), access, "--temp_dir");
      } else if (staging.folder().fileLength(configuration).isPresent()) {
        throw new InvalidInputException(
            "%s: is not a folder; remove it".formatted(staging.folder()));
      }
      staging.deleteForeign(configuration);
      ready = true;
    } finally {
      if (!ready && hold.isPresent()) {
        hold.get().release();
      }
    }
    return new StagingLease(staging, hold, configuration);
  }

  /**
   * Takes the lease of a request's staging folder, or of a second folder.
   *
   * @param root its parent folder
   * @param access users that may use the folder, on a local file system
   * @throws IOException if an input does not exist, or if others can change the folder
   */
  public static StagingLease take(
      DubRequest request, Location root, LocalFolder.Access access, Configuration configuration)
      throws IOException {
    return take(
        Staging.of(request, root, configuration), access, configuration, SharedLease.Times.USUAL);
  }

  /**
   * Takes the lease of a staging folder, or of a second folder.
   *
   * @param access users that may use the folder, on a local file system
   * @param times intervals of a lease on a file system that is not local
   */
  public static StagingLease take(
      Staging staging,
      LocalFolder.Access access,
      Configuration configuration,
      SharedLease.Times times)
      throws IOException {
    return open(staging, lease(staging, configuration, times), false, access, configuration);
  }

  private static Optional<? extends Lease> lease(
      Staging staging, Configuration configuration, SharedLease.Times times) throws IOException {
    if (staging.folder().isLocal()) {
      try {
        return LocalLease.take(staging.folder().localPath());
      } catch (LocksNotSupportedException e) {
        log.info("{}: {}", e.getFile(), e.getReason());
      }
    }
    return SharedLease.take(staging.lease(), configuration, times);
  }

  /**
   * Takes the lease of a new staging folder, for a run that reuses nothing. The folder is removed
   * at the end in any case.
   *
   * @param root its parent folder
   * @param access users that may use the folder, on a local file system
   * @throws IOException if an input does not exist, or if others can change the folder
   */
  public static StagingLease fresh(
      DubRequest request, Location root, LocalFolder.Access access, Configuration configuration)
      throws IOException {
    return open(
        Staging.of(request, root, configuration), Optional.empty(), true, access, configuration);
  }

  /** The staging folder of the request. */
  public Staging staging() {
    return staging;
  }

  /** Marks the output as complete. Then no intermediate file is kept. */
  public synchronized void done() {
    done = true;
  }

  /** Removes the files that no later run needs, and releases the lease. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    forget.run();
    try {
      removeParts();
    } catch (FileSystemException e) {
      // For example files of a killed executor of another user. They cause no errors later.
      log.warn("{} cannot be removed: {}", e.getFile(), FailureReason.withoutFile(e), e);
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
      log.warn("this run has lost the lease of {}; it removes no files there", staging.folder());
    } else if (done) {
      staging.delete(configuration);
    } else {
      staging.deleteUnfinished(configuration);
    }
  }
}
