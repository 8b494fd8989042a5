package io.latentsync.job.profile;

import io.latentsync.trace.Span;
import io.latentsync.trace.Trace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The spans of a run over time. The spans of a row are consecutive or nested. The first row has the
 * stages of the request. For each process there is a row per simultaneous task, followed by rows
 * for the lanes of the task's threads.
 *
 * @param rows from top to bottom
 */
public record Timeline(List<Row> rows) {
  private static final double NANOS = 1e9;
  private static final String STAGES = "stages";

  /**
   * A row of spans.
   *
   * @param label label of the row
   * @param bars in order of start
   */
  public record Row(String label, List<Bar> bars) {}

  /**
   * A bar of the chart.
   *
   * @param name name of the span
   * @param start in seconds from the beginning
   * @param end in seconds from the beginning
   * @param segment first frame of the segment, or −1
   * @param chunk first frame of the chunk, or −1
   * @param step number of the denoising step, or −1
   */
  public record Bar(String name, double start, double end, int segment, int chunk, int step) {}

  /** Assigns the spans of a run to rows. */
  public static Timeline of(List<Span> spans) {
    long origin = spans.stream().mapToLong(Span::start).min().orElse(0);
    List<Span> ordered =
        spans.stream()
            .sorted(
                Comparator.comparingLong(Span::start)
                    .thenComparing(Comparator.comparingLong(Span::end).reversed()))
            .toList();
    List<String> lanes =
        ordered.stream()
            .map(Span::lane)
            .sorted(Comparator.comparing(lane -> !lane.equals(Trace.TASK_LANE)))
            .distinct()
            .toList();
    List<Row> rows = new ArrayList<>();
    List<Span> stages = ordered.stream().filter(span -> span.task() == Span.NONE).toList();
    if (!stages.isEmpty()) {
      rows.add(row(STAGES, stages, origin));
    }
    SortedMap<String, List<Span>> processes =
        ordered.stream()
            .filter(span -> span.task() != Span.NONE)
            .collect(Collectors.groupingBy(Span::process, TreeMap::new, Collectors.toList()));
    processes.forEach(
        (process, done) -> {
          String of = processes.size() > 1 ? "executor " + process + ", " : "";
          List<List<Span>> slots = slots(done);
          for (int slot = 0; slot < slots.size(); slot++) {
            Map<String, List<Span>> byLane =
                slots.get(slot).stream().collect(Collectors.groupingBy(Span::lane));
            for (String lane : lanes) {
              if (byLane.containsKey(lane)) {
                rows.add(row(of + lane + " " + (slot + 1), byLane.get(lane), origin));
              }
            }
          }
        });
    return new Timeline(rows);
  }

  /** Assigns each task to the first slot that is free at the task's start. */
  private static List<List<Span>> slots(List<Span> ordered) {
    Map<Long, List<Span>> tasks =
        ordered.stream()
            .collect(Collectors.groupingBy(Span::task, LinkedHashMap::new, Collectors.toList()));
    List<List<Span>> slots = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    for (List<Span> task : tasks.values()) {
      long start = task.get(0).start();
      int slot = 0;
      while (slot < slots.size() && ends.get(slot) > start) {
        slot++;
      }
      if (slot == slots.size()) {
        slots.add(new ArrayList<>());
        ends.add(0L);
      }
      slots.get(slot).addAll(task);
      ends.set(slot, task.stream().mapToLong(Span::end).max().orElseThrow());
    }
    return slots;
  }

  private static Row row(String label, List<Span> spans, long origin) {
    return new Row(
        label,
        spans.stream()
            .map(
                span ->
                    new Bar(
                        span.name(),
                        (span.start() - origin) / NANOS,
                        (span.end() - origin) / NANOS,
                        span.segment(),
                        span.chunk(),
                        span.step()))
            .toList());
  }
}
