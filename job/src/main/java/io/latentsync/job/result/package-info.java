/** What a run reports of its requests: outcomes, summaries, and the rows of the results. */
package io.latentsync.job.result;
