package io.latentsync.job.metrics;

import java.io.Serializable;

/**
 * What was used of an NVIDIA GPU while one task of a stage ran. Whatever else uses the GPU is in
 * it.
 *
 * @param stage the stage's label
 * @param process the executor, or the driver
 * @param index number of the GPU in its machine
 * @param name the GPU's model
 * @param utilisation share of the time in which it computed, 0 to 1, on average; NaN where the GPU
 *     does not report it
 * @param peakMemoryMib most of its memory that was in use, in MiB; NaN where the GPU does not
 *     report it
 * @param memoryMib its memory, in MiB; NaN where the GPU does not report it
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
