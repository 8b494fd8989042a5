/** The provenance file of an output: its inputs, model, options and re-synthesised frames. */
package io.latentsync.job.provenance;
