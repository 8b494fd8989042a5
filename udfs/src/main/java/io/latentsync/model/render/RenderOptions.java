package io.latentsync.model.render;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.face.blend.Blend;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import java.io.Serializable;

/**
 * What a user may choose about the making of the pictures. Each of them may change pixels.
 *
 * @param sampling how to denoise
 * @param seed of all noise; the same seed gives the same video
 * @param batchSize chunks that are denoised together, at least 1: with another number the networks'
 *     sums may be rounded otherwise
 * @param threads of the arithmetic inside a task, at least 1: with another number sums are split
 *     elsewhere and may be rounded otherwise
 * @param audioWindows how the audio encoder's windows are laid over the speech
 * @param device where the networks are computed; each rounds in its own way
 * @param fps which frames of the source are dubbed, and at what rate
 * @param deinterlacing what becomes of the source's interlaced pictures
 * @param blend how the new faces are put into the frames
 */
public record RenderOptions(
    SamplerOptions sampling,
    long seed,
    int batchSize,
    int threads,
    AudioWindows audioWindows,
    DeviceChoice device,
    FrameRatePolicy fps,
    Deinterlacing deinterlacing,
    Blend blend)
    implements Serializable {

  /**
   * With overlapping windows, on the device that suits the machine, at 25 fps, blended as in the
   * reference implementation.
   */
  public RenderOptions(SamplerOptions sampling, long seed, int batchSize, int threads) {
    this(
        sampling,
        seed,
        batchSize,
        threads,
        AudioWindows.OVERLAP,
        DeviceChoice.AUTO,
        FrameRatePolicy.REFERENCE,
        Deinterlacing.AUTO,
        Blend.REFERENCE);
  }

  /** The same with another number of chunks that are denoised together. */
  public RenderOptions withBatchSize(int chunks) {
    return new RenderOptions(
        sampling, seed, chunks, threads, audioWindows, device, fps, deinterlacing, blend);
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the option, its value and what would be right
   */
  public RenderOptions {
    require(batchSize, "batch size");
    require(threads, "threads");
  }

  /** These options with another sampling. */
  public RenderOptions with(SamplerOptions another) {
    return new RenderOptions(
        another, seed, batchSize, threads, audioWindows, device, fps, deinterlacing, blend);
  }

  private static void require(int count, String option) {
    if (count < 1) {
      throw new IllegalArgumentException(option + " is " + count + ", but must be at least 1");
    }
  }
}
