/** What an output was made of, for the people and programs that get it. */
package io.latentsync.job.provenance;
