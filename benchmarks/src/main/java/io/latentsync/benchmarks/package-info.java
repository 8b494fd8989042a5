/** Benchmarks of the hot kernels, one class per topic. */
package io.latentsync.benchmarks;
