package io.latentsync.job.metrics;

import org.bytedeco.javacpp.Pointer;

/** The peak of this process's resident size, from samples. */
public final class PeakMemory {
  private long bytes = Pointer.physicalBytes();

  /** Takes a sample. */
  public void sample() {
    bytes = Math.max(bytes, Pointer.physicalBytes());
  }

  public long bytes() {
    return bytes;
  }
}
