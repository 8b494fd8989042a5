package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * All the randomness there is in sampling. A noise is a function of what it is for, never of the
 * order of the calls, so that any worker, thread or repeated attempt draws the same.
 */
public interface Noise {

  /** What a frame's noise is for. */
  enum Purpose {
    /** Sampling the latent of the masked face from its posterior. */
    MASKED,
    /** Sampling the latent of the whole face from its posterior. */
    REFERENCE
  }

  /**
   * The noise that denoising starts from: one for the whole video.
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
