/**
 * Sampling in the latent space: noise schedules and solvers, guidance, and the sampler that turns a
 * chunk of face crops and their speech features into re-synthesised faces.
 */
package io.latentsync.diffusion;
