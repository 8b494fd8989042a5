package io.latentsync.diffusion;

import io.latentsync.diffusion.Noise.Purpose;
import java.util.function.Supplier;

/** Keeps what was made of pictures that may come again. Of one video, one mask and one noise. */
@FunctionalInterface
public interface LatentStore {
  /** Keeps nothing. */
  LatentStore NONE = (frame, purpose, encode) -> encode.get();

  /**
   * The latents of a frame.
   *
   * @param frame index of the source frame
   * @param purpose which of a frame's two
   * @param encode computes them; always the same for one frame and purpose
   * @return what {@code encode} gave, now or before, in row-major order; not to be changed
   */
  float[] latent(long frame, Purpose purpose, Supplier<float[]> encode);
}
