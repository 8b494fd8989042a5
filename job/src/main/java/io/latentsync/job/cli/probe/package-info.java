/** What {@code probe} finds out about a request, and what the request costs. */
package io.latentsync.job.cli.probe;
