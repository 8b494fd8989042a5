package io.latentsync.job.synthesis;

import java.io.Serializable;
import org.apache.spark.util.LongAccumulator;

/**
 * The counters of the synthesis tasks.
 *
 * @param frames number of rendered frames
 * @param warmUpMillis duration of the networks' warm-up in ms
 */
public record SynthesisCounters(LongAccumulator frames, LongAccumulator warmUpMillis)
    implements Serializable {}
