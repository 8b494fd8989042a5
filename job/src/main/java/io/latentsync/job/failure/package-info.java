/** What went wrong, for the user to read. */
package io.latentsync.job.failure;
