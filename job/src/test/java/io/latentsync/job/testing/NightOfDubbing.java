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
 * A simulation in virtual time of a night's batch: the plan's tasks on the cores and GPUs of a
 * cluster. Requests begin longest first, a limited number at once; Spark's fair scheduling gives a
 * free slot to the request with the fewest running tasks. A request analyses, then renders, then
 * stitches. Tasks vary in speed, and some fail in the middle and are retried.
 */
public final class NightOfDubbing {
  private static final double PLAN_SECONDS = 2;
  private static final double STITCH_SECONDS_PER_FRAME = 0.0005;

  /** Standard deviation of the logarithm of a task's time. */
  private static final double SPREAD = 0.15;

  private final Slots slots;
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
  private int rendering;

  /**
   * What a cluster offers.
   *
   * @param cores number of simultaneous tasks
   * @param gpus number of tasks that compute on GPUs at the same time, at most one on each core; 0
   *     if cores render
   */
  public record Slots(int cores, int gpus) {
    private int rendering() {
      return gpus == 0 ? cores : gpus;
    }
  }

  /**
   * A cluster.
   *
   * @param atOnce number of simultaneous requests
   * @param renderSeconds seconds of synthesis per frame
   * @param analyseSeconds seconds of analysis per source frame
   * @param failures share of the tasks that fail once
   */
  public NightOfDubbing(
      Slots slots,
      int atOnce,
      double renderSeconds,
      double analyseSeconds,
      double failures,
      long seed) {
    this.slots = slots;
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
   * @param idle share of the time in which the slots had no task: those of the GPUs, if there are
   *     any, else those of the cores
   */
  public record Result(double makespan, double idle) {}

  private record Running(Request request, double end, boolean rendering) {}

  /** The tasks of a stage, in seconds each. */
  private record Stage(boolean renders, Deque<Double> tasks) {}

  private final class Request {
    private final Deque<Stage> stages = new ArrayDeque<>();
    private int tasks;

    Request(int frames) {
      stages.add(new Stage(false, new ArrayDeque<>(List.of(PLAN_SECONDS))));
      Deque<Double> analyse = new ArrayDeque<>();
      FrameRange.cut(frames, Analyse.RANGE_FRAMES)
          .forEach(range -> analyse.add(range.frames() * analyseSeconds));
      stages.add(new Stage(false, analyse));
      Deque<Double> synthesise = new ArrayDeque<>();
      SegmentGroups.of(
              FrameRange.cut(frames, 96), renderSeconds, Math.max(1, slots.rendering() / atOnce))
          .forEach(
              group ->
                  synthesise.add(
                      group.stream().mapToInt(FrameRange::frames).sum() * renderSeconds));
      stages.add(new Stage(true, synthesise));
      stages.add(new Stage(false, new ArrayDeque<>(List.of(frames * STITCH_SECONDS_PER_FRAME))));
    }

    boolean hasTask() {
      return !stages.isEmpty()
          && !stages.peek().tasks().isEmpty()
          && (!stages.peek().renders() || rendering < slots.rendering());
    }

    void start() {
      boolean renders = stages.peek().renders();
      double seconds = stages.peek().tasks().remove() * Math.exp(SPREAD * random.nextGaussian());
      // The segments that a failed task had finished are kept: half of it on average.
      double again = random.nextDouble() < failures ? random.nextDouble() * seconds : 0;
      tasks++;
      rendering += renders ? 1 : 0;
      busy += slots.gpus() == 0 || renders ? seconds + again : 0;
      running.add(new Running(this, now + seconds + again, renders));
    }

    /** Returns whether the request is done. */
    boolean taskEnded() {
      tasks--;
      if (tasks == 0 && stages.peek().tasks().isEmpty()) {
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
      while (running.size() < slots.cores()) {
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
      rendering -= ended.rendering() ? 1 : 0;
      if (ended.request().taskEnded()) {
        active.remove(ended.request());
      }
    }
    return new Result(now, 1 - busy / (slots.rendering() * now));
  }
}
