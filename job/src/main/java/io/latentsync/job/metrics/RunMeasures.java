package io.latentsync.job.metrics;

import io.latentsync.trace.Span;
import java.util.List;
import java.util.Map;

/**
 * The measurements of one run.
 *
 * @param seconds duration of each stage by label, in order
 * @param spans spans of all machines
 * @param uses a row for each task
 * @param gpus a row for each task and GPU
 * @param outputSha256 checksum of the dubbed video
 */
public record RunMeasures(
    Map<String, Double> seconds,
    List<Span> spans,
    List<StageUse> uses,
    List<GpuUse> gpus,
    String outputSha256) {}
