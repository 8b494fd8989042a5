package io.latentsync.media;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

public final class SegmentMuxer {
  private SegmentMuxer() {}

  public static void mux(List<Path> segments, Path audio, int frames, Path output)
      throws IOException {
    throw new UnsupportedOperationException();
  }
}
