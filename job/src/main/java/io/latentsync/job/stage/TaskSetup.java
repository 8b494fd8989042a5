package io.latentsync.job.stage;

import io.latentsync.job.metrics.RunProfile;
import java.io.Serializable;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The common parameters of all stages' tasks.
 *
 * @param hadoop configuration of the file systems
 * @param profile collects the measurements
 */
public record TaskSetup(SerializableConfiguration hadoop, RunProfile profile)
    implements Serializable {}
