package io.latentsync.job.run;

import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What the requests of a run share.
 *
 * @param groups by which segments become tasks
 * @param profile takes what is measured
 */
public record DubContext(
    JavaSparkContext spark, Progress progress, SegmentGroups groups, RunProfile profile) {}
