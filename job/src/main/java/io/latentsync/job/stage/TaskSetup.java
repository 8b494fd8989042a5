package io.latentsync.job.stage;

import io.latentsync.job.metrics.RunProfile;
import java.io.Serializable;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What the tasks of every stage are given.
 *
 * @param hadoop how to reach the file systems
 * @param profile takes what is measured
 */
public record TaskSetup(SerializableConfiguration hadoop, RunProfile profile)
    implements Serializable {}
