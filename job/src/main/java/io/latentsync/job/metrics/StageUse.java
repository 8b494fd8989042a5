package io.latentsync.job.metrics;

import java.io.Serializable;

/**
 * The use of resources during one task of a stage. It includes other tasks of the same process.
 *
 * @param stage the stage's label
 * @param process the executor, or the driver
 * @param nanos duration of the task in ns
 * @param machineLoad load of the machine's processors by all programs, 0 to 1
 * @param processCores mean number of processors that the process used
 * @param peakHeapBytes peak use of the Java heap; or {@link #NOT_MEASURED}
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

  /** The value of a peak that was not measured. */
  public static final long NOT_MEASURED = -1;
}
