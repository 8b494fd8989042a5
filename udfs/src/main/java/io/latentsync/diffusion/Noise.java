package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * The only source of randomness in sampling. A noise is a function of purpose and frame, not of the
 * order of calls, so that each worker, thread and attempt gets the same.
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
   * @return independent standard normal values, FLOAT32
   */
  NDArray initial(NDManager manager, Shape shape);

  /**
   * The noise for sampling one frame's latent from the posterior of the autoencoder.
   *
   * @param frame index of the source frame, from 0
   * @return independent standard normal values, FLOAT32
   */
  NDArray posterior(NDManager manager, Purpose purpose, long frame, Shape shape);
}
