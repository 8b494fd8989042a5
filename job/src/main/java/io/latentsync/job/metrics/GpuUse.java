package io.latentsync.job.metrics;

import java.io.Serializable;

/**
 * The use of an NVIDIA GPU while one task of a stage ran, including use by other programs.
 *
 * @param stage the stage's label
 * @param process the executor, or the driver
 * @param index number of the GPU in its machine
 * @param name the GPU's model
 * @param utilisation mean share of the time in which the GPU computed, 0 to 1; NaN if the GPU does
 *     not report it
 * @param peakMemoryMib peak memory in use, in MiB; NaN if the GPU does not report it
 * @param memoryMib total memory, in MiB; NaN if the GPU does not report it
 */
public record GpuUse(
    String stage,
    String process,
    int index,
    String name,
    double utilisation,
    double peakMemoryMib,
    double memoryMib)
    implements Serializable {}
