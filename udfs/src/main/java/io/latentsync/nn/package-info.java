/** Checkpoints and networks: tensors read from the published files, run as TorchScript programs. */
package io.latentsync.nn;
