package io.latentsync.train.objective;

import io.latentsync.nn.torch.GradientCheckpoints;

/**
 * Options of the denoiser's training.
 *
 * @param chunks chunks per step, each with two predictions at random timesteps
 * @param frames frames per chunk, as many as are dubbed together
 * @param silence share of the chunks without audio conditioning, which classifier-free guidance
 *     needs (Ho and Salimans, "Classifier-free diffusion guidance", 2022), in [0, 1)
 * @param sharedNoise share of the noise's variance that the frames of a chunk have in common, in
 *     [0, 1]; 1 when dubbing
 * @param keptWeight weight of the latents that the mask keeps; the others have 1 on average
 * @param mouthWeight weight of the error of the mouths that are predicted from the speech features
 *     alone ({@link AudioObjective}); 0 for none
 * @param checkpointing whether the denoiser's layers are computed again in the backward pass, which
 *     needs less memory and more time ({@link GradientCheckpoints})
 */
public record DiffusionOptions(
    int chunks,
    int frames,
    double silence,
    double sharedNoise,
    double keptWeight,
    double mouthWeight,
    boolean checkpointing) {

  /** The options of the demonstration model. */
  public static DiffusionOptions of(int chunks, int frames, boolean checkpointing) {
    return new DiffusionOptions(chunks, frames, 0.1, 1, 0.2, 10, checkpointing);
  }

  public DiffusionOptions {
    require(chunks >= 1, "chunks", chunks, "at least 1");
    require(frames >= 1, "frames", frames, "at least 1");
    require(silence >= 0 && silence < 1, "silence", silence, "at least 0 and below 1");
    require(sharedNoise >= 0 && sharedNoise <= 1, "shared noise", sharedNoise, "from 0 to 1");
    require(keptWeight >= 0, "kept weight", keptWeight, "at least 0");
    require(mouthWeight >= 0, "mouth weight", mouthWeight, "at least 0");
  }

  private static void require(boolean holds, String option, Object value, String right) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + value + ", but must be " + right);
    }
  }
}
