package io.latentsync.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.io.FileUtils;

/**
 * A local folder of one task's own; gone with everything in it when closed, or when the process is
 * told to end (Ctrl-C, SIGTERM).
 */
final class Scratch implements AutoCloseable {
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    ExitTasks.add(ExitTasks.Order.FIRST, Scratch::deleteAll);
  }

  private final Path folder;

  private Scratch(Path folder) {
    this.folder = folder;
    OPEN.add(folder);
  }

  /**
   * Makes a folder: inside the request's staging if that is a local folder, so that whatever a
   * killed run leaves is in one place and the user's choice of a disk holds; else where the JVM
   * keeps temporary files.
   */
  static Scratch of(Staging staging) throws IOException {
    Path root =
        staging.folder().isLocal()
            ? staging.folder().localPath()
            : Path.of(System.getProperty("java.io.tmpdir"));
    Files.createDirectories(root);
    return new Scratch(Files.createTempDirectory(root, "scratch-"));
  }

  /** Makes a folder where the JVM keeps temporary files. */
  static Scratch temporary() throws IOException {
    return new Scratch(Files.createTempDirectory("latentsync-"));
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
    OPEN.remove(folder);
  }

  /** One that cannot be deleted does not keep the others. */
  private static void deleteAll() throws IOException {
    IOException failure = null;
    for (Path folder : OPEN) {
      try {
        FileUtils.deleteDirectory(folder.toFile());
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
