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
 * The local files of a task: a private folder, and the cached copies of inputs that the task uses.
 * The folder is deleted with its contents on close, or at the end of the process (Ctrl-C, SIGTERM).
 * For one thread.
 */
public final class Scratch implements AutoCloseable {
  /** Prefix of the names of scratch folders in a staging folder. */
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
   * Creates a folder. If the staging folder is local, it is inside that folder, so that all files
   * of a killed run are in one folder, on the disk that the user chose. Otherwise it is in the
   * JVM's temporary folder.
   */
  public static Scratch in(Location staging) throws IOException {
    return staging.isLocal()
        ? new Scratch(LocalFolder.newIn(staging.localPath(), PREFIX))
        : temporary();
  }

  /** Creates a folder in the JVM's temporary folder. */
  public static Scratch temporary() throws IOException {
    return new Scratch(LocalFolder.temporary("latentsync-"));
  }

  public Path folder() {
    return folder;
  }

  /**
   * The local path of an input that many tasks use: the input itself if it is local, else a copy in
   * the node's cache, or in this folder if the cache has no space. Valid until this is closed.
   *
   * @return the path; its contents must not be changed
   * @throws IOException if the input does not exist or cannot be fetched
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

  /** Deletes all folders, even if one of them cannot be deleted. */
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
