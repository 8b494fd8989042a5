package io.latentsync.job.metrics;

import java.io.Serializable;
import java.util.Map;

/**
 * The counters of an executor, as it reports them to the driver.
 *
 * @param executor Spark's id of it
 * @param counters values by name, since the start of the process
 * @param gpus number of GPUs that the executor sees
 * @param gpuUtilisation mean share of the time that they compute, 0 to 1; 0 without GPUs
 * @param endpoint address of the executor's own metrics; empty if it has none
 */
record ExecutorCounts(
    String executor, Map<String, Long> counters, int gpus, double gpuUtilisation, String endpoint)
    implements Serializable {}
