package io.latentsync.media;

import io.latentsync.image.RgbImage;

public final class VideoFrame implements AutoCloseable {
  VideoFrame() {}

  public int width() {
    throw new UnsupportedOperationException();
  }

  public int height() {
    throw new UnsupportedOperationException();
  }

  public RgbImage toRgb() {
    throw new UnsupportedOperationException();
  }

  /** Takes over what was changed between two RGB pictures, inside x0 ≤ x < x1, y0 ≤ y < y1. */
  public void paste(RgbImage before, RgbImage after, int x0, int y0, int x1, int y1) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
