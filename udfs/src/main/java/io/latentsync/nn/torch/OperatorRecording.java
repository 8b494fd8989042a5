package io.latentsync.nn.torch;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operator calls of one thread, as libtorch's profiler records them, summed by operator. It
 * measures the calls, which on a GPU return before the work is done, so it is useful on a CPU only.
 */
public final class OperatorRecording {
  private static final JsonMapper JSON = new JsonMapper();

  private OperatorRecording() {}

  /**
   * A call in the profiler's file (Chrome's trace format).
   *
   * @param name the operator
   * @param tid the thread
   * @param ts start in µs
   * @param dur duration in µs
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Call(String name, int tid, double ts, double dur) {
    double end() {
      return ts + dur;
    }
  }

  /** The calls of one operator. */
  private static final class Sum {
    private long calls;
    private double total;
    private double self;
  }

  /**
   * Runs work in this thread and records it. Only one recording at a time per process.
   *
   * @return the called operators, in descending order of their own time
   * @throws IOException if the profiler's file cannot be written or read
   */
  public static synchronized List<OperatorTime> of(Runnable work) throws IOException {
    Path file = Files.createTempFile("latentsync-operators-", ".json");
    try {
      JniUtils.startProfile(false, false, false);
      try {
        work.run();
      } finally {
        JniUtils.stopProfile(file.toString());
      }
      return totals(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Sums the calls in a profiler's file. */
  static List<OperatorTime> totals(Path file) throws IOException {
    List<Call> calls;
    try (MappingIterator<Call> read = JSON.readerFor(Call.class).readValues(file.toFile())) {
      calls = new ArrayList<>(read.readAll());
    }
    // A call precedes its nested calls.
    calls.sort(
        Comparator.comparingInt(Call::tid)
            .thenComparingDouble(Call::ts)
            .thenComparing(Comparator.comparingDouble(Call::dur).reversed()));
    Map<String, Sum> sums = new HashMap<>();
    Deque<Call> open = new ArrayDeque<>();
    for (Call call : calls) {
      while (!open.isEmpty()
          && !(open.peek().tid() == call.tid() && call.ts() < open.peek().end())) {
        open.pop();
      }
      if (!open.isEmpty()) {
        sums.get(open.peek().name()).self -= call.dur();
      }
      open.push(call);
      Sum sum = sums.computeIfAbsent(call.name(), name -> new Sum());
      sum.calls++;
      sum.total += call.dur();
      sum.self += call.dur();
    }
    return sums.entrySet().stream()
        .map(
            entry ->
                new OperatorTime(
                    entry.getKey(),
                    entry.getValue().calls,
                    entry.getValue().total / 1000,
                    entry.getValue().self / 1000))
        .sorted(Comparator.comparingDouble(OperatorTime::selfMillis).reversed())
        .toList();
  }
}
