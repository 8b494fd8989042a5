package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;

/**
 * Encodes pictures into latents: samples of the autoencoder's posterior, scaled to variance 1. Each
 * picture is encoded alone, so that its latents do not depend on its neighbours.
 *
 * @param vae not closed here
 * @param noise of the samples
 * @param store of latents
 */
record LatentEncoder(AutoencoderKl vae, Noise noise, LatentStore store) {

  /**
   * The latents of consecutive frames.
   *
   * @param manager owner of the result
   * @param pictures [f,3,R,R] in −1…1
   * @param purpose which of a frame's latents
   * @param frames index of the source frame of each picture
   * @return [1,4,f,h,w]
   */
  NDArray encode(NDManager manager, NDArray pictures, Purpose purpose, long[] frames) {
    long side = pictures.getShape().get(2) / vae.config().downsampling();
    Shape shape = new Shape(1, vae.config().latentChannels(), side, side);
    try (NDManager scope = manager.newSubManager()) {
      NDList latents = new NDList(); // each [1,4,h,w]
      for (int i = 0; i < frames.length; i++) {
        int index = i;
        float[] values =
            store.latent(frames[i], purpose, () -> sample(pictures, index, purpose, frames[index]));
        latents.add(TorchArrays.of(scope, values, shape));
      }
      return scope.ret(NDArrays.stack(latents, 2));
    }
  }

  /** A sample of the posterior of one picture, scaled, in row-major order. */
  private float[] sample(NDArray pictures, int index, Purpose purpose, long frame) {
    try (NDManager scope = pictures.getManager().newSubManager()) {
      NDArray picture = pictures.get(scope, index).expandDims(0); // [1,3,R,R]
      AutoencoderKl.Posterior posterior = vae.encode(picture); // each [1,4,h,w]
      NDArray deviation = posterior.logvar().mul(0.5f).exp();
      NDArray gaussian = noise.posterior(scope, purpose, frame, deviation.getShape());
      return posterior
          .mean()
          .add(deviation.mul(gaussian))
          .mul((float) AutoencoderKlConfig.SCALING_FACTOR)
          .toFloatArray();
    }
  }
}
