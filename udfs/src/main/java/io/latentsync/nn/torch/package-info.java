/** Loads TorchScript programs, runs them with libtorch (DJL) and checks the layers numerically. */
package io.latentsync.nn.torch;
