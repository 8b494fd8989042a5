package io.latentsync.diffusion;

import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.UNet3d;

/**
 * The networks, methods and options of a sampler.
 *
 * @param unet the denoising network
 * @param vae the autoencoder of the latents
 * @param scheduler the solver
 * @param predictionType the quantity that the UNet predicts
 * @param alphas ᾱ of each training timestep
 * @param guidance combines predictions with and without speech
 * @param deepCache selects the full steps
 * @param smoothing weight of the previous step's prediction
 * @param noise the only source of randomness
 * @param store cache of latents
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
