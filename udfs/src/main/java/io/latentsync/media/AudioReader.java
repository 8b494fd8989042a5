package io.latentsync.media;

import java.io.IOException;
import java.nio.file.Path;

public final class AudioReader implements AutoCloseable {
  /** Samples a second of what {@link #read} gives. */
  public static final int SAMPLE_RATE = 16_000;

  private AudioReader() {}

  public static AudioProbe probe(Path file) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static AudioReader open(Path file) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Fills the buffer with the next samples; returns how many, or −1 at the end. */
  public int read(short[] buffer) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
