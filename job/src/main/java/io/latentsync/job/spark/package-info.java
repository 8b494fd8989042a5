/** Spark integration: progress, pools, GPU shares, groups of segments. */
package io.latentsync.job.spark;
