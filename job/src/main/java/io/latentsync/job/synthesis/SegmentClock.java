package io.latentsync.job.synthesis;

import io.latentsync.job.metrics.PeakMemory;
import io.latentsync.job.staging.Attempt;
import io.latentsync.trace.Trace;
import java.util.Iterator;
import java.util.List;

/**
 * Time and memory of the segments of a task. Their rendering overlaps, so the time of a segment
 * begins when the one before it is finished; the sum is that of the task.
 */
final class SegmentClock implements AutoCloseable {
  private final Trace trace;
  private final Iterator<Attempt> attempts;
  private Trace.Running span = () -> {};
  private PeakMemory memory = new PeakMemory();
  private long start = System.nanoTime();

  /**
   * What a segment took.
   *
   * @param seconds its time
   * @param memory peak of the process's resident size in its time, in bytes
   */
  record Reading(double seconds, long memory) {}

  /**
   * A clock that starts with the first segment.
   *
   * @param attempts the segments' attempts, in the order of rendering, at least one
   */
  SegmentClock(Trace trace, List<Attempt> attempts) {
    this.trace = trace;
    this.attempts = attempts.iterator();
    begin();
  }

  private void begin() {
    if (attempts.hasNext()) {
      span = trace.segment(attempts.next().segment().first()).begin("segment");
    }
  }

  /** Takes a sample of the memory. */
  void sampleMemory() {
    memory.sample();
  }

  /** Ends the time of a segment and starts that of the next. */
  Reading lap() {
    long end = System.nanoTime();
    Reading reading = new Reading((end - start) / 1e9, memory.bytes());
    close();
    start = end;
    memory = new PeakMemory();
    begin();
    return reading;
  }

  @Override
  public void close() {
    span.close();
    span = () -> {};
  }
}
