package io.latentsync.job.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The sums of the driver's and all executors' counters, for the driver's metrics. The counts of
 * ended executors are kept.
 */
final class ClusterMetrics {
  private final Map<String, ExecutorCounts> executors = new ConcurrentHashMap<>();

  /**
   * Records the current counts of an executor. A count never decreases, because reports can
   * overtake one another.
   */
  void take(ExecutorCounts counts) {
    executors.merge(counts.executor(), counts, ExecutorCounts::followedBy);
  }

  /** Registers the sums under the names that the counters have in local mode. */
  void showIn(MetricRegistry registry) {
    JobMetrics.counters().forEach((name, own) -> registry.register(name, new Sum(name, own)));
    registry.register(JobMetrics.GPU_UTILISATION, (Gauge<Double>) this::gpuUtilisation);
    registry.register("executor_endpoints", (Gauge<String>) this::endpoints);
  }

  private final class Sum extends Counter {
    private final String name;
    private final Counter own;

    Sum(String name, Counter own) {
      this.name = name;
      this.own = own;
    }

    @Override
    public long getCount() {
      return own.getCount()
          + executors.values().stream()
              .mapToLong(counts -> counts.counters().getOrDefault(name, 0L))
              .sum();
    }
  }

  private double gpuUtilisation() {
    Collection<ExecutorCounts> all = executors.values();
    int gpus = all.stream().mapToInt(ExecutorCounts::gpus).sum();
    double busy = all.stream().mapToDouble(counts -> counts.gpus() * counts.gpuUtilisation()).sum();
    return gpus == 0 ? 0 : busy / gpus;
  }

  /** The addresses of the executors' metrics servers, by executor id. */
  private String endpoints() {
    return new TreeMap<>(executors)
        .values().stream()
            .filter(counts -> !counts.endpoint().isEmpty())
            .map(counts -> counts.executor() + "=" + counts.endpoint())
            .collect(Collectors.joining(" "));
  }
}
