package io.latentsync.model;

import io.latentsync.diffusion.SamplerOptions;
import java.io.Serializable;

/**
 * What a user may choose about the making of the pictures. Each of them may change pixels.
 *
 * @param sampling how to denoise
 * @param seed of all noise; the same seed gives the same video
 * @param threads of the arithmetic inside a task, at least 1: with another number sums are split
 *     elsewhere and may be rounded otherwise
 */
public record RenderOptions(SamplerOptions sampling, long seed, int threads)
    implements Serializable {

  /**
   * Checks the number of threads.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public RenderOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", but must be at least 1");
    }
  }
}
