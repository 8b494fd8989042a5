package io.latentsync.job.metrics;

import java.io.Serializable;

/**
 * What one task of a stage used of the machine that it ran on. Other tasks of the same process are
 * in it.
 *
 * @param stage the stage's label
 * @param process the executor, or the driver
 * @param nanos how long the task took, in ns
 * @param machineLoad how busy the machine's processors were, by whatever programs, 0 to 1
 * @param processCores how many processors the process kept busy on average
 * @param peakHeapBytes most of the Java heap that was in use; {@link #NOT_MEASURED} if nobody asked
 * @param peakResidentBytes largest resident size of the process, native memory included; or {@link
 *     #NOT_MEASURED}
 */
public record StageUse(
    String stage,
    String process,
    long nanos,
    double machineLoad,
    double processCores,
    long peakHeapBytes,
    long peakResidentBytes)
    implements Serializable {

  /** Stands for a peak that was not looked for. */
  public static final long NOT_MEASURED = -1;
}
