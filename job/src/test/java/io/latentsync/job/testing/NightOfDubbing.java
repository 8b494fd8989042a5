package io.latentsync.job.testing;

import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.stage.Analyse;
import io.latentsync.time.FrameRange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A simulation in virtual time of a night's batch: the plan's tasks on a number of executors with
 * one slot each. Requests begin longest first, a limited number at once; Spark's fair scheduling
 * gives a free slot to the request with the fewest running tasks. A request analyses, then renders,
 * then stitches. Tasks vary in speed, and some fail in the middle and are retried.
 */
public final class NightOfDubbing {
  private static final double PLAN_SECONDS = 2;
  private static final double STITCH_SECONDS_PER_FRAME = 0.0005;

  /** Standard deviation of the logarithm of a task's time. */
  private static final double SPREAD = 0.15;

  private final int executors;
  private final int atOnce;
  private final double renderSeconds;
  private final double analyseSeconds;
  private final double failures;
  private final Random random;

  private final PriorityQueue<Running> running =
      new PriorityQueue<>(Comparator.comparingDouble(Running::end));
  private final List<Request> active = new ArrayList<>();
  private double now;
  private double busy;

  /**
   * A cluster.
   *
   * @param executors number of simultaneous tasks
   * @param atOnce number of simultaneous requests
   * @param renderSeconds seconds of synthesis per frame
   * @param analyseSeconds seconds of analysis per source frame
   * @param failures share of the tasks that fail once
   */
  public NightOfDubbing(
      int executors,
      int atOnce,
      double renderSeconds,
      double analyseSeconds,
      double failures,
      long seed) {
    this.executors = executors;
    this.atOnce = atOnce;
    this.renderSeconds = renderSeconds;
    this.analyseSeconds = analyseSeconds;
    this.failures = failures;
    this.random = new Random(seed);
  }

  /**
   * The result of a simulation.
   *
   * @param makespan seconds from the first task to the last
   * @param idle share of the executors' time in which they had no task
   */
  public record Result(double makespan, double idle) {}

  private record Running(Request request, double end) {}

  private final class Request {
    private final Deque<Deque<Double>> stages = new ArrayDeque<>();
    private int tasks;

    Request(int frames) {

      stages.add(new ArrayDeque<>(List.of(PLAN_SECONDS)));
      Deque<Double> analyse = new ArrayDeque<>();
      FrameRange.cut(frames, Analyse.RANGE_FRAMES)
          .forEach(range -> analyse.add(range.frames() * analyseSeconds));
      stages.add(analyse);
      Deque<Double> synthesise = new ArrayDeque<>();
      SegmentGroups.of(FrameRange.cut(frames, 96), renderSeconds, Math.max(1, executors / atOnce))
          .forEach(
              group ->
                  synthesise.add(
                      group.stream().mapToInt(FrameRange::frames).sum() * renderSeconds));
      stages.add(synthesise);
      stages.add(new ArrayDeque<>(List.of(frames * STITCH_SECONDS_PER_FRAME)));
    }

    boolean hasTask() {
      return !stages.isEmpty() && !stages.peek().isEmpty();
    }

    void start() {
      double seconds = stages.peek().remove() * Math.exp(SPREAD * random.nextGaussian());
      // The segments that a failed task had finished are kept: half of it on average.
      double again = random.nextDouble() < failures ? random.nextDouble() * seconds : 0;
      tasks++;
      busy += seconds + again;
      running.add(new Running(this, now + seconds + again));
    }

    /** Returns whether the request is done. */
    boolean taskEnded() {
      tasks--;
      if (tasks == 0 && stages.peek().isEmpty()) {
        stages.remove();
      }
      return stages.isEmpty();
    }
  }

  /** Dubs videos of so many frames. */
  public Result dub(List<Integer> videos) {
    Deque<Request> waiting = new ArrayDeque<>();
    videos.stream()
        .sorted(Comparator.reverseOrder())
        .forEach(frames -> waiting.add(new Request(frames)));
    while (!waiting.isEmpty() || !active.isEmpty()) {
      while (active.size() < atOnce && !waiting.isEmpty()) {
        active.add(waiting.remove());
      }
      while (running.size() < executors) {
        Request next =
            active.stream()
                .filter(Request::hasTask)
                .min(Comparator.comparingInt(request -> request.tasks))
                .orElse(null);
        if (next == null) {
          break;
        }
        next.start();
      }
      Running ended = running.remove();
      now = ended.end();
      if (ended.request().taskEnded()) {
        active.remove(ended.request());
      }
    }
    return new Result(now, 1 - busy / (executors * now));
  }
}
