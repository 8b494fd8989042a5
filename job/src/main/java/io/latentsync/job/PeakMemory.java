package io.latentsync.job;

import org.bytedeco.javacpp.Pointer;

/** The largest resident size of this process, of the samples taken. */
final class PeakMemory {
  private long bytes = Pointer.physicalBytes();

  /** Looks once more. */
  void sample() {
    bytes = Math.max(bytes, Pointer.physicalBytes());
  }

  long bytes() {
    return bytes;
  }
}
