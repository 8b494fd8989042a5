package io.latentsync.job.stage;

import java.io.Serializable;
import org.apache.spark.util.LongAccumulator;

/**
 * What the tasks of the synthesis count.
 *
 * @param frames rendered
 * @param warmUpMillis milliseconds that the networks were warmed up
 */
public record SynthesisCounters(LongAccumulator frames, LongAccumulator warmUpMillis)
    implements Serializable {}
