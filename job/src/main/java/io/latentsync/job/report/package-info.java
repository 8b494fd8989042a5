/** The report page of a run. */
package io.latentsync.job.report;
