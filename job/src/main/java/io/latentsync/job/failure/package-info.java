/** Failures, their messages for the user, and exit codes. */
package io.latentsync.job.failure;
