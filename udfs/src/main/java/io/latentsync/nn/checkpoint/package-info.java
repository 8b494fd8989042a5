/** Reads and writes files of named tensors; untrusted files are refused, never executed. */
package io.latentsync.nn.checkpoint;
