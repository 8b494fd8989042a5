package io.latentsync.model.render;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.io.Serializable;

/**
 * Options of the rendering. Each of them can change pixels.
 *
 * @param sampling options of the denoising
 * @param seed seed of all noise; the same seed gives the same video
 * @param compute how the networks are computed; affects rounding
 * @param audioWindows layout of the audio encoder's windows
 * @param timeline the frames of the dubbed video
 * @param silence policy for the lips while the speech is silent
 * @param deinterlacing policy for interlaced source pictures
 * @param pasting how the new faces get into the frames
 * @param encoding options of the video encoder
 */
public record RenderOptions(
    SamplerOptions sampling,
    long seed,
    Compute compute,
    AudioWindows audioWindows,
    Timeline timeline,
    SilencePolicy silence,
    Deinterlacing deinterlacing,
    Pasting pasting,
    EncoderOptions encoding)
    implements Serializable {

  /**
   * How the networks are computed.
   *
   * @param device device of the networks
   * @param threads threads per tensor operation, at least 1
   * @param batchSize chunks that are denoised together, at least 1
   */
  public record Compute(DeviceChoice device, int threads, int batchSize) implements Serializable {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the option, its value and the valid values
     */
    public Compute {
      require(threads, "threads");
      require(batchSize, "batch size");
    }

    private static void require(int count, String option) {
      if (count < 1) {
        throw new IllegalArgumentException(option + " is " + count + ", but must be at least 1");
      }
    }
  }

  /**
   * The frames of the dubbed video.
   *
   * @param fps frame rate policy
   * @param length policy for a video and a speech of different lengths
   * @param kept ranges that keep the source's lips
   */
  public record Timeline(FrameRatePolicy fps, LengthPolicy length, KeptRanges kept)
      implements Serializable {
    /** The reference implementation's: 25 fps, bounce, new lips in all frames. */
    public static final Timeline REFERENCE =
        new Timeline(FrameRatePolicy.REFERENCE, LengthPolicy.BOUNCE, KeptRanges.NONE);
  }

  /**
   * How the new faces get into the frames.
   *
   * @param blend method that blends the new faces into the frames
   * @param resampling how faces are resampled between the frames and the networks
   * @param label text on each frame, see {@link VisibleLabel}; empty for none
   */
  public record Pasting(Blend blend, Resampling resampling, String label) implements Serializable {
    /** The reference implementation's. */
    public static final Pasting REFERENCE = new Pasting(Blend.REFERENCE, Resampling.REFERENCE, "");
  }

  /**
   * Options with defaults: overlapping windows, automatic device, 25 fps, the reference
   * implementation's length, blending and resampling.
   */
  public RenderOptions(SamplerOptions sampling, long seed, int batchSize, int threads) {
    this(
        sampling,
        seed,
        new Compute(DeviceChoice.AUTO, threads, batchSize),
        AudioWindows.OVERLAP,
        Timeline.REFERENCE,
        SilencePolicy.RENDER,
        Deinterlacing.AUTO,
        Pasting.REFERENCE,
        EncoderOptions.DEFAULT);
  }

  /** These options with another batch size. */
  public RenderOptions withBatchSize(int chunks) {
    return with(new Compute(compute.device, compute.threads, chunks));
  }

  /** These options with other sampling options. */
  public RenderOptions with(SamplerOptions another) {
    return new RenderOptions(
        another, seed, compute, audioWindows, timeline, silence, deinterlacing, pasting, encoding);
  }

  /** These options with another computation of the networks. */
  public RenderOptions with(Compute another) {
    return new RenderOptions(
        sampling, seed, another, audioWindows, timeline, silence, deinterlacing, pasting, encoding);
  }

  /** These options with other frames. */
  public RenderOptions with(Timeline another) {
    return new RenderOptions(
        sampling, seed, compute, audioWindows, another, silence, deinterlacing, pasting, encoding);
  }

  /** These options with another way to paste. */
  public RenderOptions with(Pasting another) {
    return new RenderOptions(
        sampling, seed, compute, audioWindows, timeline, silence, deinterlacing, another, encoding);
  }

  /**
   * These options without those that only choose the frames of the output: all of its segments'
   * pictures are rendered as with these, if source frames and kept frames are the same.
   */
  RenderOptions withoutTimeline() {
    return with(new Timeline(timeline.fps, LengthPolicy.BOUNCE, KeptRanges.NONE));
  }
}
