/** Loads TorchScript programs, runs them with libtorch (DJL) and checks their numbers. */
package io.latentsync.nn.torch;
