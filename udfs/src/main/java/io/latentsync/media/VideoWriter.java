package io.latentsync.media;

import java.io.IOException;
import java.nio.file.Path;

public final class VideoWriter implements AutoCloseable {
  private VideoWriter() {}

  public static VideoWriter open(Path file, VideoProbe like) throws IOException {
    throw new UnsupportedOperationException();
  }

  public void write(VideoFrame frame) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Completes the file; without it, {@link #close} deletes the file. */
  public void finish() throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
