/** What a run measures: stages, counters, spans, memory, processors and GPUs. */
package io.latentsync.job.metrics;
