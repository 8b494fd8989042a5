package io.latentsync.model.estimate;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.PictureBatch;
import io.latentsync.nn.networks.ActivationPeak;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.Flops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * Estimate of the cost of dubbing, from the sizes of the networks, which are not loaded.
 *
 * @param flopsPerFrame floating-point operations of UNet and VAE per frame
 * @param weights number of weights of UNet and VAE, shared by all tasks of a process
 * @param activations number of values that the UNet holds for one chunk
 * @param pictureActivations number of values that the VAE holds for one picture
 */
public record WorkEstimate(
    double flopsPerFrame, long weights, long activations, long pictureActivations) {
  private static final AutoencoderKlConfig STABLE_DIFFUSION =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  /** Each face is encoded twice: masked and whole. */
  private static final int ENCODINGS = 2;

  /**
   * Computes the estimate.
   *
   * @param config of the UNet; the VAE is assumed to be Stable Diffusion's
   */
  public static WorkEstimate of(ModelConfig config, SamplerOptions sampling) {
    return of(config, STABLE_DIFFUSION, sampling);
  }

  /**
   * Computes the estimate.
   *
   * @param vaeFolder in the diffusers layout
   * @throws IOException if it has no readable config
   */
  public static WorkEstimate of(ModelConfig config, Path vaeFolder, SamplerOptions sampling)
      throws IOException {
    return of(config, Models.vaeConfig(vaeFolder), sampling);
  }

  private static WorkEstimate of(
      ModelConfig config, AutoencoderKlConfig vae, SamplerOptions sampling) {
    int side = config.resolution() / vae.downsampling();
    int whole = sampling.steps();
    if (sampling.deepCacheInterval() > 0) {
      whole = (whole + sampling.deepCacheInterval() - 1) / sampling.deepCacheInterval();
    }
    int audioRows = config.context().rows() * audioStates(config.unet().crossAttentionDim());
    double denoising =
        whole * Flops.denoise(config.unet(), side, audioRows)
            + (sampling.steps() - whole) * Flops.denoiseShort(config.unet(), side, audioRows);
    int passes = sampling.guidanceScale() > 1 ? 2 : 1;
    return new WorkEstimate(
        passes * denoising
            + ENCODINGS * Flops.encode(vae, config.resolution())
            + Flops.decode(vae, config.resolution()),
        values(config.unet().tensors()) + values(vae.tensors()),
        ActivationPeak.denoise(config.unet(), passes, config.chunkFrames(), side),
        PictureBatch.values(vae, config.resolution()));
  }

  /**
   * Hidden states per row of audio features: one more than the blocks of the published Whisper
   * encoder of this width. Another width counts as Whisper tiny.
   */
  private static int audioStates(int width) {
    return switch (width) {
      case 512 -> 7; // base
      case 768 -> 13; // small
      case 1024 -> 25; // medium
      case 1280 -> 33; // large
      default -> 5; // tiny, 384
    };
  }

  private static long values(SortedMap<String, long[]> tensors) {
    long values = 0;
    for (long[] shape : tensors.values()) {
      long elements = 1;
      for (long size : shape) {
        elements *= size;
      }
      values += elements;
    }
    return values;
  }
}
