package io.latentsync.diffusion;

import io.latentsync.diffusion.Noise.Purpose;
import java.util.Optional;

/** A cache of the latents of frames, for one video, one mask and one noise. */
public interface LatentStore {
  /** A store that keeps nothing. */
  LatentStore NONE =
      new LatentStore() {
        @Override
        public Optional<float[]> find(long frame, Purpose purpose) {
          return Optional.empty();
        }

        @Override
        public void keep(long frame, Purpose purpose, float[] latents) {}

        @Override
        public void count(int requested, int encoded) {}

        @Override
        public boolean keepsAnything() {
          return false;
        }
      };

  /**
   * Returns the stored latents of a frame.
   *
   * @param frame index of the source frame
   * @param purpose which of the frame's two latents
   * @return the latents in row-major order, which must not be changed; empty if there are none
   */
  Optional<float[]> find(long frame, Purpose purpose);

  /**
   * Stores the latents of a frame. They depend only on frame and purpose.
   *
   * @param latents in row-major order; must not be changed afterwards
   */
  void keep(long frame, Purpose purpose, float[] latents);

  /**
   * Counts the use of the store.
   *
   * @param requested number of latents that were needed
   * @param encoded number of latents that were not in the store and had to be encoded
   */
  void count(int requested, int encoded);

  /** Whether {@link #keep} stores anything. If not, latents are not copied from the device. */
  default boolean keepsAnything() {
    return true;
  }
}
