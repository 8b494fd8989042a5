package io.latentsync.model.estimate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.Flops;
import io.latentsync.nn.torch.TorchEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;

/**
 * What dubbing costs, estimated from the networks' sizes before any of them is loaded. Right to a
 * factor of two or so.
 *
 * @param flopsPerFrame floating-point operations of UNet and VAE for each frame
 * @param weights values of UNet and VAE, which all tasks of a process share
 * @param activations values that a task holds beside them when it denoises one chunk
 */
public record WorkEstimate(double flopsPerFrame, long weights, long activations) {
  private static final AutoencoderKlConfig STABLE_DIFFUSION =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  /** Each face is encoded twice: masked, and as the reference. */
  private static final int ENCODINGS = 2;

  /**
   * What the UNet holds at its widest place, in pictures of its finest level: the states kept for
   * the way up and those of a feed-forward layer, which is eight times as wide.
   */
  private static final int PICTURES_HELD = 24;

  private static final int BENCHMARK_CHANNELS = 320;
  private static final int BENCHMARK_SIDE = 32;
  private static final int BENCHMARK_FRAMES = 4;

  /**
   * Reckons.
   *
   * @param config the UNet's; the VAE is taken to be Stable Diffusion's
   */
  public static WorkEstimate of(ModelConfig config, SamplerOptions sampling) {
    return of(config, STABLE_DIFFUSION, sampling);
  }

  /**
   * Reckons.
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
        (long) PICTURES_HELD
            * passes
            * config.chunkFrames()
            * config.unet().blockOutChannels().get(0)
            * side
            * side);
  }

  /**
   * Hidden states of each row of audio features: of the published Whisper encoder of this width,
   * one more than its blocks. An encoder of another width counts as Whisper tiny.
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

  /**
   * Floating-point operations a second of a task on a device of this machine in FLOAT32, tried out
   * with a convolution such as the UNet is full of. Takes about a second.
   *
   * @param threads of the arithmetic
   */
  public static double flopsPerSecond(Device device, int threads) {
    TorchEngine.useThreads(threads);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      NDArray pictures =
          manager.ones(
              new Shape(BENCHMARK_FRAMES, BENCHMARK_CHANNELS, BENCHMARK_SIDE, BENCHMARK_SIDE));
      NDArray weight = manager.ones(new Shape(BENCHMARK_CHANNELS, BENCHMARK_CHANNELS, 3, 3));
      NDArray bias = manager.zeros(new Shape(BENCHMARK_CHANNELS));
      convolve(pictures, weight, bias); // The first call sets things up.
      long start = System.nanoTime();
      convolve(pictures, weight, bias);
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      double flops = 2.0 * weight.size() * BENCHMARK_FRAMES * BENCHMARK_SIDE * BENCHMARK_SIDE;
      return flops / (taken.toNanos() / 1e9);
    }
  }

  private static void convolve(NDArray pictures, NDArray weight, NDArray bias) {
    Shape one = new Shape(1, 1);
    try (NDArray result =
        Conv2d.conv2d(pictures, weight, bias, one, one, one, 1).singletonOrThrow()) {
      result.getFloat(0, 0, 0, 0); // Waits for a GPU.
    }
  }
}
