/** Shows the progress of commands to people, logs and schedulers. */
package io.latentsync.job.cli.progress;
