/** Exhaustion of native memory, and its remedies. */
package io.latentsync.memory;
