package io.latentsync.audio;

import java.io.IOException;

/** A track of 16 kHz mono signed 16-bit samples with random access. */
public interface PcmSource {

  /** Samples a second. */
  int SAMPLE_RATE = 16_000;

  /** Length of the track in samples. */
  long samples();

  /**
   * Fills an array with the samples from {@code start} on. All of them must lie inside the track.
   *
   * @throws IndexOutOfBoundsException if some lie outside
   * @throws IOException if the track cannot be read
   */
  void read(long start, short[] into) throws IOException;
}
