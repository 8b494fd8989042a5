/** Runs requests through the stages and records the results. */
package io.latentsync.job.run;
