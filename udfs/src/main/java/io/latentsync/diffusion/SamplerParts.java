package io.latentsync.diffusion;

import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.UNet3d;

/**
 * The networks and methods that a sampler computes with.
 *
 * @param unet predicts
 * @param vae encodes and decodes
 * @param scheduler the solver
 * @param predictionType what the UNet predicts
 * @param alphas ᾱ of each training step
 * @param guidance combines predictions with and without speech
 * @param deepCache which steps run in full
 * @param smoothing weight of the prediction of the step before
 * @param noise all randomness
 * @param store of latents
 */
record SamplerParts(
    UNet3d unet,
    AutoencoderKl vae,
    Scheduler scheduler,
    PredictionType predictionType,
    float[] alphas,
    Guidance guidance,
    DeepCache deepCache,
    double smoothing,
    Noise noise,
    LatentStore store) {

  /** ᾱ of a timestep. */
  double alpha(long timestep) {
    return alphas[Math.toIntExact(timestep)];
  }
}
