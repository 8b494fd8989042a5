/** The commands and their options. */
package io.latentsync.job.cli;
