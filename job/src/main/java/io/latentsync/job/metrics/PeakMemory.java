package io.latentsync.job.metrics;

import org.bytedeco.javacpp.Pointer;

/** The largest resident size of this process, of the samples taken. */
public final class PeakMemory {
  private long bytes = Pointer.physicalBytes();

  /** Looks once more. */
  public void sample() {
    bytes = Math.max(bytes, Pointer.physicalBytes());
  }

  public long bytes() {
    return bytes;
  }
}
