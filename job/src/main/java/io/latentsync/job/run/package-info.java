/** Runs requests through the stages. */
package io.latentsync.job.run;
