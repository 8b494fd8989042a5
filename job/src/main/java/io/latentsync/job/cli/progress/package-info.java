/** Progress displays of commands for terminals, logs and schedulers. */
package io.latentsync.job.cli.progress;
