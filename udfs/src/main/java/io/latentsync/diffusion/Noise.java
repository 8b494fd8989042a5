package io.latentsync.diffusion;

/**
 * The only source of randomness in sampling. The noise is a function of purpose and frame. It does
 * not depend on the order of calls, so all executors, threads and attempts get the same noise.
 */
public interface Noise {

  /** The purpose of a frame's noise. */
  enum Purpose {
    /** Sampling the latent of the masked face from its posterior. */
    MASKED,
    /** Sampling the latent of the whole face from its posterior. */
    REFERENCE
  }

  /**
   * The initial noise of denoising, one for the whole video.
   *
   * @param size number of values
   * @return independent standard normal values
   */
  float[] initial(int size);

  /**
   * The noise for sampling one frame's latent from the posterior of the autoencoder.
   *
   * @param frame index of the source frame, from 0
   * @param size number of values
   * @return independent standard normal values
   */
  float[] posterior(Purpose purpose, long frame, int size);
}
