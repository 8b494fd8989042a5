package io.latentsync.model.render;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.EncoderOptions;
import io.latentsync.media.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import java.io.Serializable;

/**
 * Options of the rendering. Each of them can change pixels.
 *
 * @param sampling options of the denoising
 * @param seed seed of all noise; the same seed gives the same video
 * @param batchSize chunks that are denoised together, at least 1; affects rounding
 * @param threads threads per tensor operation, at least 1; affects rounding
 * @param audioWindows layout of the audio encoder's windows
 * @param device device of the networks; affects rounding
 * @param fps frame rate policy of the dubbed video
 * @param length policy for a video and a speech of different lengths
 * @param kept ranges of the dubbed video that keep the source's lips
 * @param silence policy for the lips while the speech is silent
 * @param deinterlacing policy for interlaced source pictures
 * @param blend method that blends the new faces into the frames
 * @param resampling how faces are resampled between the frames and the networks
 * @param label text on each frame, see {@link VisibleLabel}; empty for none
 * @param encoding options of the video encoder
 */
public record RenderOptions(
    SamplerOptions sampling,
    long seed,
    int batchSize,
    int threads,
    AudioWindows audioWindows,
    DeviceChoice device,
    FrameRatePolicy fps,
    LengthPolicy length,
    KeptRanges kept,
    SilencePolicy silence,
    Deinterlacing deinterlacing,
    Blend blend,
    Resampling resampling,
    String label,
    EncoderOptions encoding)
    implements Serializable {

  /**
   * Options with defaults: overlapping windows, automatic device, 25 fps, the reference
   * implementation's length, blending and resampling.
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
        LengthPolicy.BOUNCE,
        KeptRanges.NONE,
        SilencePolicy.RENDER,
        Deinterlacing.AUTO,
        Blend.REFERENCE,
        Resampling.REFERENCE,
        "",
        EncoderOptions.DEFAULT);
  }

  /** These options with another batch size. */
  public RenderOptions withBatchSize(int chunks) {
    return new RenderOptions(
        sampling,
        seed,
        chunks,
        threads,
        audioWindows,
        device,
        fps,
        length,
        kept,
        silence,
        deinterlacing,
        blend,
        resampling,
        label,
        encoding);
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the option, its value and the valid values
   */
  public RenderOptions {
    require(batchSize, "batch size");
    require(threads, "threads");
  }

  /** These options with other sampling options. */
  public RenderOptions with(SamplerOptions another) {
    return new RenderOptions(
        another,
        seed,
        batchSize,
        threads,
        audioWindows,
        device,
        fps,
        length,
        kept,
        silence,
        deinterlacing,
        blend,
        resampling,
        label,
        encoding);
  }

  /**
   * These options without those that only choose the frames of the output: all of its segments'
   * pictures are rendered as with these, if source frames and kept frames are the same.
   */
  RenderOptions withoutTimeline() {
    return new RenderOptions(
        sampling,
        seed,
        batchSize,
        threads,
        audioWindows,
        device,
        fps,
        LengthPolicy.BOUNCE,
        KeptRanges.NONE,
        silence,
        deinterlacing,
        blend,
        resampling,
        label,
        encoding);
  }

  private static void require(int count, String option) {
    if (count < 1) {
      throw new IllegalArgumentException(option + " is " + count + ", but must be at least 1");
    }
  }
}
