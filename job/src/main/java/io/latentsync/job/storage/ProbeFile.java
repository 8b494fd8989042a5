package io.latentsync.job.storage;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An empty file that tests the permissions and limits of a folder. It is removed when this is
 * closed, or at the end of the process if a signal ends it earlier.
 */
public final class ProbeFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProbeFile.class);
  private static final Set<ProbeFile> OPEN = ConcurrentHashMap.newKeySet();

  /**
   * Shared by threads that create files. The end of the process locks it exclusively and for ever,
   * so that no file appears after the last deletion.
   */
  private static final ReadWriteLock CREATION = new ReentrantReadWriteLock();

  static {
    ExitTasks.add(ExitTasks.Order.FIRST, ProbeFile::deleteAll);
  }

  /** Maximum wait of an ending process for the files that are being created. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Location file;
  private final Configuration configuration;

  private ProbeFile(Location file, Configuration configuration) {
    this.file = file;
    this.configuration = configuration;
  }

  /**
   * Creates a file with a unique name.
   *
   * @param nameLength length of the name in bytes; the name is longer if a unique name needs more
   * @throws IOException if the folder does not permit files, or names of this length
   */
  public static ProbeFile in(Location folder, int nameLength, Configuration configuration)
      throws IOException {
    String name = ".latentsync-" + UUID.randomUUID();
    ProbeFile probe =
        new ProbeFile(
            folder.child(name + "-".repeat(Math.max(0, nameLength - name.length()))),
            configuration);
    boolean created = false;
    CREATION.readLock().lock();
    OPEN.add(probe);
    try {
      probe.file.fileSystem(configuration).create(probe.file.hadoopPath()).close();
      created = true;
    } finally {
      if (!created) {
        OPEN.remove(probe);
      }
      CREATION.readLock().unlock();
    }
    return probe;
  }

  /** The file. */
  public Location file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    file.delete(configuration);
    OPEN.remove(this);
  }

  private static void deleteAll() throws IOException {
    if (!Uninterruptibles.tryLockUninterruptibly(CREATION.writeLock(), TIMEOUT)) {
      log.warn("a file system does not answer; an empty .latentsync file may remain");
    }
    for (ProbeFile probe : OPEN) {
      probe.close();
    }
  }
}
