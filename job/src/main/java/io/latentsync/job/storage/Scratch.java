package io.latentsync.job.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/**
 * What a task has on the local disk: a folder of its own, which is gone with everything in it when
 * closed or when the process is asked to end (Ctrl-C, SIGTERM), and its use of the node's copies of
 * inputs. For one thread.
 */
public final class Scratch implements AutoCloseable {
  /** How the names of those in a staging folder begin. */
  public static final String PREFIX = "scratch-";

  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    ExitTasks.add(ExitTasks.Order.FIRST, Scratch::deleteAll);
  }

  private final Path folder;
  private final Thread thread = Thread.currentThread();
  private final List<InputCache.Copy> inputs = new ArrayList<>();

  private Scratch(Path folder) {
    this.folder = folder;
    OPEN.add(folder);
    RunningTasks.enter();
  }

  /**
   * Makes a folder: inside a staging folder if that is local, so that whatever a killed run leaves
   * is in one place and the user's choice of a disk holds; else where the JVM keeps temporary
   * files.
   */
  public static Scratch in(Location staging) throws IOException {
    return staging.isLocal()
        ? new Scratch(LocalFolder.newIn(staging.localPath(), PREFIX))
        : temporary();
  }

  /** Makes a folder where the JVM keeps temporary files. */
  public static Scratch temporary() throws IOException {
    return new Scratch(LocalFolder.temporary("latentsync-"));
  }

  public Path folder() {
    return folder;
  }

  /**
   * A file or folder that many tasks need, as a local one until this is closed: itself if it is
   * local, else this node's copy, or one in here if the node's cache has no room.
   *
   * @return not to be changed
   * @throws IOException if it is not there or cannot be fetched
   */
  public Path input(Location input, Configuration configuration) throws IOException {
    if (input.isLocal()) {
      return input.fetch(configuration, folder);
    }
    Optional<InputCache.Copy> copy = InputCache.of(configuration).copy(input, configuration);
    if (copy.isEmpty()) {
      return input.fetch(configuration, folder);
    }
    inputs.add(copy.get());
    return copy.get().path();
  }

  @Override
  public void close() throws IOException {
    try {
      for (InputCache.Copy input : inputs) {
        input.close();
      }
    } finally {
      RunningTasks.leave(thread);
      LocalFolder.delete(folder);
      OPEN.remove(folder);
    }
  }

  /** One that cannot be deleted does not keep the others. */
  private static void deleteAll() throws IOException {
    IOException failure = null;
    for (Path folder : OPEN) {
      try {
        LocalFolder.delete(folder);
      } catch (IOException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
