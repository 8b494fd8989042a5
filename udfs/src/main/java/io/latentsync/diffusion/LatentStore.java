package io.latentsync.diffusion;

import io.latentsync.diffusion.Noise.Purpose;
import java.util.function.Supplier;

/** A store of the latents of frames, for one video, one mask and one noise. */
@FunctionalInterface
public interface LatentStore {
  /** Keeps nothing. */
  LatentStore NONE = (frame, purpose, encode) -> encode.get();

  /**
   * The latents of a frame.
   *
   * @param frame index of the source frame
   * @param purpose which of the frame's two latents
   * @param encode computes them; the result depends on frame and purpose only
   * @return the result of {@code encode}, computed now or earlier, in row-major order; must not be
   *     changed
   */
  float[] latent(long frame, Purpose purpose, Supplier<float[]> encode);
}
