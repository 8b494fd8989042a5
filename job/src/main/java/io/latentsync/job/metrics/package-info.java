/** Measurements of a run: stages, counters, spans, memory, processors and GPUs. */
package io.latentsync.job.metrics;
