/** The speakers, ranges and sound of a dubbed video. */
package io.latentsync.job.edit;
