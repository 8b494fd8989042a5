package io.latentsync.trace;

import java.io.Serializable;

/**
 * A stretch of time in which one thing was done.
 *
 * @param name what was done
 * @param lane which of the threads that work together did it; what one lane does is done one after
 *     the other or lies within one another
 * @param process the executor (or driver) that it was done in
 * @param task the task that it was done in; {@link #NONE} outside of tasks
 * @param request id of the request that it was done for
 * @param segment first frame of the segment, in the dubbed video; {@link #NONE} if it was not for
 *     one segment
 * @param chunk first frame of the chunk or batch of chunks, in the dubbed video; or {@link #NONE}
 * @param step 0-based number of the denoising step, or {@link #NONE}
 * @param start in ns since 1970. Exact within a process; between machines as good as their clocks.
 * @param end in ns since 1970, not before the start
 */
public record Span(
    String name,
    String lane,
    String process,
    long task,
    String request,
    int segment,
    int chunk,
    int step,
    long start,
    long end)
    implements Serializable {

  /** Stands for a number that a span does not have. */
  public static final int NONE = -1;

  /** How long it took, in ns. */
  public long nanos() {
    return end - start;
  }
}
