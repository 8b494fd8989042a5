package io.latentsync.job.metrics;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * The counters of an executor, as it reports them to the driver.
 *
 * @param executor Spark's executor id
 * @param counters values by name, since the start of the process
 * @param gpus number of the executor's GPUs
 * @param gpuUtilisation mean utilisation of these GPUs, 0 to 1; 0 without GPUs
 * @param endpoint address of the executor's metrics server; empty if it has none
 */
record ExecutorCounts(
    String executor, Map<String, Long> counters, int gpus, double gpuUtilisation, String endpoint)
    implements Serializable {

  /** The values of a later report, but no counter below that of this one. */
  ExecutorCounts followedBy(ExecutorCounts later) {
    Map<String, Long> largest = new HashMap<>(counters);
    later.counters.forEach((name, count) -> largest.merge(name, count, Math::max));
    return new ExecutorCounts(
        executor, Map.copyOf(largest), later.gpus, later.gpuUtilisation, later.endpoint);
  }
}
