package io.latentsync.trace;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Records spans. A trace holds the task, segment and chunk of the current work. Narrower traces are
 * derived from it for a segment or chunk; each is a separate object, so several threads may record
 * at the same time. {@link #OFF} records nothing at almost no cost.
 *
 * <pre>{@code
 * try (Trace.Running time = trace.lane("decode").begin("decode")) {
 *   …
 * }
 * }</pre>
 */
public final class Trace {
  /** The lane of a task's main thread. */
  public static final String TASK_LANE = "task";

  /** Records nothing. */
  public static final Trace OFF =
      new Trace(span -> {}, "", Span.NONE, "", TASK_LANE, Span.NONE, Span.NONE);

  private static final Running NOTHING = () -> {};

  /**
   * Offset from the process's nanosecond clock, which has an arbitrary origin, to the time since
   * 1970.
   */
  private static final long EPOCH = epoch();

  private final Consumer<Span> sink;
  private final String process;
  private final long task;
  private final String request;
  private final String lane;
  private final int segment;
  private final int chunk;

  /** A running span; closing it ends it. */
  @FunctionalInterface
  public interface Running extends AutoCloseable {
    @Override
    void close();
  }

  private Trace(
      Consumer<Span> sink,
      String process,
      long task,
      String request,
      String lane,
      int segment,
      int chunk) {
    this.sink = sink;
    this.process = process;
    this.task = task;
    this.request = request;
    this.lane = lane;
    this.segment = segment;
    this.chunk = chunk;
  }

  /**
   * A trace of the work for a request.
   *
   * @param sink receives each span when it ends, in the thread of the span; must be thread-safe
   * @param process this executor or driver
   * @param task this task, {@link Span#NONE} outside of tasks
   * @param request the request's id
   */
  public static Trace to(Consumer<Span> sink, String process, long task, String request) {
    return new Trace(
        Objects.requireNonNull(sink), process, task, request, TASK_LANE, Span.NONE, Span.NONE);
  }

  /** Whether spans are recorded. */
  public boolean isOn() {
    return this != OFF;
  }

  /** A trace for one of several threads that work on a task. */
  public Trace lane(String name) {
    return isOn() ? new Trace(sink, process, task, request, name, segment, chunk) : this;
  }

  /** A trace for a segment, identified by its first frame. */
  public Trace segment(int firstFrame) {
    return isOn() ? new Trace(sink, process, task, request, lane, firstFrame, chunk) : this;
  }

  /** A trace for a chunk or a batch of chunks, identified by the first frame. */
  public Trace chunk(int firstFrame) {
    return isOn() ? new Trace(sink, process, task, request, lane, segment, firstFrame) : this;
  }

  /**
   * Begins a span.
   *
   * @param name what is done
   */
  public Running begin(String name) {
    return begin(name, Span.NONE);
  }

  /**
   * Begins a span of one of several steps.
   *
   * @param name what is done
   * @param step 0-based
   */
  public Running begin(String name, int step) {
    if (!isOn()) {
      return NOTHING;
    }
    SpanEvent event = new SpanEvent();
    event.begin();
    long start = now();
    return () -> {
      sink.accept(new Span(name, lane, process, task, request, segment, chunk, step, start, now()));
      end(event, name, step);
    };
  }

  /** Completes a span's event, which Java Flight Recorder records if it runs. */
  private void end(SpanEvent event, String name, int step) {
    event.name = name;
    event.lane = lane;
    event.request = request;
    event.segment = segment;
    event.chunk = chunk;
    event.step = step;
    event.commit();
  }

  /** The time since 1970 in ns; it never decreases within a process. */
  public static long now() {
    return EPOCH + System.nanoTime();
  }

  private static long epoch() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
  }
}
