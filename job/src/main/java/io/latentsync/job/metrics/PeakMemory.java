package io.latentsync.job.metrics;

import org.bytedeco.javacpp.Pointer;

/** The largest sampled resident size of this process. */
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
