package io.latentsync.job.storage;

import java.io.IOException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/**
 * An empty file that tests the permissions and limits of a folder. It is removed when this is
 * closed, or at the end of the process if a signal ends it earlier.
 */
public final class ProbeFile implements AutoCloseable {
  private static final Set<ProbeFile> OPEN = ConcurrentHashMap.newKeySet();

  static {
    ExitTasks.add(ExitTasks.Order.FIRST, ProbeFile::deleteAll);
  }

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
    OPEN.add(probe);
    boolean created = false;
    try {
      probe.file.fileSystem(configuration).create(probe.file.hadoopPath()).close();
      created = true;
    } finally {
      if (!created) {
        OPEN.remove(probe);
      }
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
    for (ProbeFile probe : OPEN) {
      probe.close();
    }
  }
}
