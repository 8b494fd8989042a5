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
 * Estimate of the cost of dubbing, from the sizes of the networks, which are not loaded. Accurate
 * to about a factor of two.
 *
 * @param flopsPerFrame floating-point operations of UNet and VAE per frame
 * @param weights number of weights of UNet and VAE, shared by all tasks of a process
 * @param activations number of activations of a task that denoises one chunk
 */
public record WorkEstimate(double flopsPerFrame, long weights, long activations) {
  private static final AutoencoderKlConfig STABLE_DIFFUSION =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  /** Each face is encoded twice: masked and whole. */
  private static final int ENCODINGS = 2;

  /**
   * The UNet's peak number of activations, in feature maps of its finest level: those kept for the
   * up blocks and those of a feed-forward layer, which is eight times as wide.
   */
  private static final int PICTURES_HELD = 24;

  private static final int BENCHMARK_CHANNELS = 320;
  private static final int BENCHMARK_SIDE = 32;
  private static final int BENCHMARK_FRAMES = 4;

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
        (long) PICTURES_HELD
            * passes
            * config.chunkFrames()
            * config.unet().blockOutChannels().get(0)
            * side
            * side);
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

  /**
   * Measures the floating-point operations per second of a task on a device in FLOAT32, with a
   * convolution that is typical of the UNet. Takes about one second.
   *
   * @param threads per tensor operation
   */
  public static double flopsPerSecond(Device device, int threads) {
    TorchEngine.useThreads(threads);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      NDArray pictures =
          manager.ones(
              new Shape(BENCHMARK_FRAMES, BENCHMARK_CHANNELS, BENCHMARK_SIDE, BENCHMARK_SIDE));
      NDArray weight = manager.ones(new Shape(BENCHMARK_CHANNELS, BENCHMARK_CHANNELS, 3, 3));
      NDArray bias = manager.zeros(new Shape(BENCHMARK_CHANNELS));
      convolve(pictures, weight, bias); // The first call includes preparation.
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
