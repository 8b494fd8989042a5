/** The options of the commands, in groups. */
package io.latentsync.job.cli.arguments;
