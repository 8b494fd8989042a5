/** The report of {@code probe} about a request: inputs, faces, damage and cost. */
package io.latentsync.job.cli.probe;
