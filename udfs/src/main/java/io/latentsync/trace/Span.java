package io.latentsync.trace;

import java.io.Serializable;

/**
 * A named interval of work.
 *
 * @param name of the work
 * @param lane thread among those that work together; the spans of a lane are consecutive or nested
 * @param process the executor or driver
 * @param task the task; {@link #NONE} outside of tasks
 * @param request id of the request
 * @param segment first frame of the segment, in the dubbed video; {@link #NONE} if it belongs to no
 *     segment
 * @param chunk first frame of the chunk or batch of chunks, in the dubbed video; or {@link #NONE}
 * @param step 0-based number of the denoising step, or {@link #NONE}
 * @param start in ns since 1970. Between machines it is as accurate as their clocks.
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

  /** The value of a number that a span does not have. */
  public static final int NONE = -1;

  /** The duration in ns. */
  public long nanos() {
    return end - start;
  }
}
