package io.latentsync.job.run;

import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.spark.WaitingTimes;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Objects that all requests of a run share.
 *
 * @param groups grouping of segments into tasks
 * @param waiting measures how long requests wait for cores
 * @param profile collects the measurements
 */
public record DubContext(
    JavaSparkContext spark,
    Progress progress,
    SegmentGroups groups,
    WaitingTimes waiting,
    RunProfile profile) {}
