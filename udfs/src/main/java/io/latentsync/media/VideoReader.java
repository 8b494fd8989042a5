package io.latentsync.media;

import java.io.IOException;
import java.nio.file.Path;

public final class VideoReader implements AutoCloseable {
  private VideoReader() {}

  public static VideoReader open(Path file, VideoProbe probe) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The frame with this number, 0…{@link VideoProbe#frames()} − 1; the caller closes it. */
  public VideoFrame read(int frame) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
