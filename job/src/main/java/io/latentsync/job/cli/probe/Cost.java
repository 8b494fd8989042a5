package io.latentsync.job.cli.probe;

import ai.djl.Device;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.estimate.MemoryEstimate;
import io.latentsync.model.estimate.WorkEstimate;
import io.latentsync.model.render.RenderOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What requests cost on this machine, from the sizes of the networks.
 *
 * @param config of the UNet
 * @param vae a folder in the diffusers layout; empty: a VAE of Stable Diffusion's size
 * @param options of the rendering
 * @param flopsPerSecond of a task
 */
public record Cost(
    ModelConfig config, Optional<Path> vae, RenderOptions options, double flopsPerSecond) {
  private static final double GIB = 1L << 30;

  /**
   * Tries out how fast this machine is. Takes about one second.
   *
   * @throws IOException if there is no such device
   */
  public static Cost onThisMachine(ModelConfig config, Optional<Path> vae, RenderOptions options)
      throws IOException {
    Device device =
        options.device().device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
    return new Cost(config, vae, options, WorkEstimate.flopsPerSecond(device, options.threads()));
  }

  private WorkEstimate estimate(SamplerOptions sampling) throws IOException {
    return vae.isPresent()
        ? WorkEstimate.of(config, vae.get(), sampling)
        : WorkEstimate.of(config, sampling);
  }

  /** Number of tasks that this machine runs at the same time for so many segments. */
  public int tasks(int segments) {
    int atOnce = Runtime.getRuntime().availableProcessors() / options.threads();
    return Math.max(1, Math.min(segments, atOnce));
  }

  /** Floating-point operations of a request. */
  public double flops(InputProbe.Work work, SamplerOptions sampling) throws IOException {
    return estimate(sampling).flopsPerFrame() * work.frames();
  }

  /** Seconds on this machine. */
  public double seconds(double flops, int tasks) {
    return flops / (flopsPerSecond * tasks);
  }

  /**
   * The memory of a process that dubs a request.
   *
   * @param segmentFrames frames of a segment, whole chunks
   */
  public MemoryEstimate memory(InputProbe.Work work, SamplerOptions sampling, int segmentFrames)
      throws IOException {
    return MemoryEstimate.of(
        estimate(sampling),
        config,
        work.video(),
        options.batchSize(),
        Math.min(work.frames(), segmentFrames));
  }

  /** The time as a text. */
  public String text(double flops, int tasks) {
    return String.format(
        Locale.ROOT,
        "about %s on this machine: %.4g TFLOP, %d task%s at %.4g TFLOP/s each (tried out, fp32)",
        time(seconds(flops, tasks)),
        flops / 1e12,
        tasks,
        tasks == 1 ? "" : "s",
        flopsPerSecond / 1e12);
  }

  /** The memory as a text. */
  public static String text(MemoryEstimate memory, int tasks) {
    return String.format(
        Locale.ROOT,
        "about %.1f GiB in fp32: weights %.2f, each of %d task%s %.2f (networks %.2f, pictures"
            + " %.2f), the program %.1f",
        memory.process(tasks) / GIB,
        memory.weights() / GIB,
        tasks,
        tasks == 1 ? "" : "s",
        memory.task() / GIB,
        memory.activations() / GIB,
        memory.pictures() / GIB,
        MemoryEstimate.PROGRAM / GIB);
  }

  /** A duration as a text, such as {@code 35 s}. */
  public static String time(double seconds) {
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.0f s", Math.ceil(seconds));
    }
    double minutes = seconds / 60;
    return minutes < 120
        ? String.format(Locale.ROOT, "%.0f min", minutes)
        : String.format(Locale.ROOT, "%.1f h", minutes / 60);
  }
}
