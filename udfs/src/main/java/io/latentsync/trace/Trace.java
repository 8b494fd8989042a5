package io.latentsync.trace;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Records how long things take. A trace knows what the work at hand is for; narrower ones are made
 * of it on the way from a task to a segment to a chunk, each an object of its own, so that several
 * threads may record at once. {@link #OFF} records nothing and costs next to nothing.
 *
 * <pre>{@code
 * try (Trace.Running time = trace.lane("decode").begin("decode")) {
 *   …
 * }
 * }</pre>
 */
public final class Trace {
  /** The lane of a task's own thread. */
  public static final String TASK_LANE = "task";

  /** Records nothing. */
  public static final Trace OFF =
      new Trace(span -> {}, "", Span.NONE, "", TASK_LANE, Span.NONE, Span.NONE);

  private static final Running NOTHING = () -> {};

  /** What the process's nanosecond clock, which begins anywhere, is behind the time since 1970. */
  private static final long EPOCH = epoch();

  private final Consumer<Span> sink;
  private final String process;
  private final long task;
  private final String request;
  private final String lane;
  private final int segment;
  private final int chunk;

  /** A span that has begun; ends when it is closed. */
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
   * A trace of what is done for a request.
   *
   * @param sink receives each span when it ends, in the thread that it ends in: for any number of
   *     threads at once
   * @param process the executor or driver this is
   * @param task the task this is, {@link Span#NONE} outside of tasks
   * @param request the request's id
   */
  public static Trace to(Consumer<Span> sink, String process, long task, String request) {
    return new Trace(
        Objects.requireNonNull(sink), process, task, request, TASK_LANE, Span.NONE, Span.NONE);
  }

  /** Whether anything is recorded: for what is only worth doing then. */
  public boolean isOn() {
    return this != OFF;
  }

  /** The same for what one of several threads does that work together on a task. */
  public Trace lane(String name) {
    return isOn() ? new Trace(sink, process, task, request, name, segment, chunk) : this;
  }

  /** The same for a segment, which its first frame names. */
  public Trace segment(int firstFrame) {
    return isOn() ? new Trace(sink, process, task, request, lane, firstFrame, chunk) : this;
  }

  /** The same for a chunk, or some that are worked on together, which the first frame names. */
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

  /** For a recording of the JVM's, if one is under way. */
  private void end(SpanEvent event, String name, int step) {
    event.name = name;
    event.lane = lane;
    event.request = request;
    event.segment = segment;
    event.chunk = chunk;
    event.step = step;
    event.commit();
  }

  /** The time since 1970 in ns, which never goes back within a process. */
  public static long now() {
    return EPOCH + System.nanoTime();
  }

  private static long epoch() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
  }
}
