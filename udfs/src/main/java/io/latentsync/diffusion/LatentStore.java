package io.latentsync.diffusion;

import io.latentsync.diffusion.Noise.Purpose;
import java.util.Optional;

/** A store of the latents of frames, for one video, one mask and one noise. */
public interface LatentStore {
  /** Keeps nothing. */
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
   * The kept latents of a frame.
   *
   * @param frame index of the source frame
   * @param purpose which of the frame's two latents
   * @return in row-major order; must not be changed
   */
  Optional<float[]> find(long frame, Purpose purpose);

  /**
   * Keeps the latents of a frame. They depend on frame and purpose only.
   *
   * @param latents in row-major order; must not be changed afterwards
   */
  void keep(long frame, Purpose purpose, float[] latents);

  /**
   * Counts the use of the store.
   *
   * @param requested number of latents that were needed
   * @param encoded number of them that were computed
   */
  void count(int requested, int encoded);

  /** Whether {@link #keep} has an effect; else the latents are not copied from the device. */
  default boolean keepsAnything() {
    return true;
  }
}
