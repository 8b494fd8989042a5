package io.latentsync.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/** A local folder of one task's own; gone with everything in it when closed. */
final class Scratch implements AutoCloseable {
  private final Path folder;

  private Scratch(Path folder) {
    this.folder = folder;
  }

  /** Makes a folder in the JVM's folder for temporary files. */
  static Scratch create() throws IOException {
    return new Scratch(Files.createTempDirectory("latentsync-"));
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
  }
}
