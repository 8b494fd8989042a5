/** Benchmarks of the hot kernels, one class a topic. */
package io.latentsync.benchmarks;
