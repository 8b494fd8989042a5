package io.latentsync.job.cli.probe;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.estimate.GpuKind;
import io.latentsync.model.estimate.MemoryEstimate;
import io.latentsync.model.estimate.WorkEstimate;
import io.latentsync.model.render.RenderOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Estimates time and memory of requests from the sizes of the networks and a measured speed.
 *
 * @param config config of the UNet
 * @param vae folder of the VAE in the diffusers layout; empty for a VAE of Stable Diffusion's size
 * @param options options of the rendering
 * @param speed speed of a task
 */
public record Cost(ModelConfig config, Optional<Path> vae, RenderOptions options, TaskSpeed speed) {
  private static final double GIB = 1L << 30;
  private static final double TERA = 1e12;

  /**
   * A line for the user.
   *
   * @param name name of the line
   */
  public record Line(String name, String text) {}

  /**
   * Measures the speed of this machine, in about one second.
   *
   * @param precision the requested element type
   * @throws IOException if there is no such device
   */
  public static Cost onThisMachine(
      ModelConfig config, Optional<Path> vae, RenderOptions options, Precision precision)
      throws IOException {
    Device device =
        options.compute().device().device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
    return new Cost(
        config, vae, options, TaskSpeed.measure(device, precision, options.compute().threads()));
  }

  private WorkEstimate estimate(SamplerOptions sampling) throws IOException {
    return vae.isPresent()
        ? WorkEstimate.of(config, vae.get(), sampling)
        : WorkEstimate.of(config, sampling);
  }

  boolean isCpu() {
    return speed.isCpu();
  }

  /** The number of tasks that this machine runs at the same time for a number of segments. */
  public int tasks(int segments) {
    int atOnce = Runtime.getRuntime().availableProcessors() / options.compute().threads();
    return Math.max(1, Math.min(segments, atOnce));
  }

  /** The number of floating-point operations of a request, for all its new faces. */
  public double flops(InputProbe.Work work, SamplerOptions sampling) throws IOException {
    return estimate(sampling).flopsPerFrame() * work.newFaces();
  }

  /** The seconds on this machine. Tasks share the speed of a GPU. */
  public double seconds(double flops, int tasks) {
    return flops / (speed.flopsPerSecond() * (isCpu() ? tasks : 1));
  }

  /**
   * The memory of a process that dubs a request.
   *
   * @param segmentFrames frames of a segment, whole chunks
   */
  public MemoryEstimate memory(InputProbe.Work work, SamplerOptions sampling, int segmentFrames)
      throws IOException {
    return memory(work, sampling, segmentFrames, speed.device(), speed.type());
  }

  /** The memory of a process that dubs a request with the networks in fp16, as on a GPU. */
  public MemoryEstimate halfMemory(InputProbe.Work work, SamplerOptions sampling, int segmentFrames)
      throws IOException {
    return memory(work, sampling, segmentFrames, Device.cpu(), DataType.FLOAT16);
  }

  private MemoryEstimate memory(
      InputProbe.Work work,
      SamplerOptions sampling,
      int segmentFrames,
      Device where,
      DataType elements)
      throws IOException {
    return MemoryEstimate.of(
        estimate(sampling),
        config,
        work.video(),
        where,
        elements,
        options.compute().batchSize(),
        Math.min(work.frames(), segmentFrames),
        Math.max(1, work.speakers().size()));
  }

  /**
   * The lines about time and memory.
   *
   * @param flops floating-point operations of all requests
   * @param tasks number of tasks that run at the same time
   * @param memory memory of the largest request
   * @param half memory of the largest request in fp16
   */
  public List<Line> lines(double flops, int tasks, MemoryEstimate memory, MemoryEstimate half) {
    return isCpu()
        ? List.of(
            new Line("cost", time(flops, tasks)),
            new Line("memory", process(memory, tasks)),
            new Line("on a GPU", gpus(flops, half)))
        : List.of(
            new Line("cost", time(flops, tasks)),
            new Line("memory", processBesideGpu(memory, tasks)),
            new Line("GPU memory", gpu(memory)));
  }

  private String time(double flops, int tasks) {
    int atOnce = isCpu() ? tasks : 1;
    return format(
        "about %s on this machine: %.4g TFLOP, %s at %.4g TFLOP/s%s (measured, %s)",
        time(seconds(flops, tasks)),
        flops / TERA,
        count(atOnce),
        speed.flopsPerSecond() / TERA,
        atOnce == 1 ? "" : " each",
        name(speed.measured()));
  }

  private String process(MemoryEstimate memory, int tasks) {
    return format(
        "about %.1f GiB in %s: weights %.2f, each of %s %.2f (networks %.2f, pictures %.2f), the"
            + " program %.1f",
        memory.process(tasks) / GIB,
        name(speed.type()),
        memory.weights() / GIB,
        count(tasks),
        memory.task() / GIB,
        memory.activations() / GIB,
        memory.pictures() / GIB,
        MemoryEstimate.PROGRAM / GIB);
  }

  private static String processBesideGpu(MemoryEstimate memory, int tasks) {
    return format(
        "about %.1f GiB: pictures of each of %s %.2f, the program %.1f",
        memory.processBesideGpu(tasks) / GIB,
        count(tasks),
        memory.pictures() / GIB,
        MemoryEstimate.PROGRAM / GIB);
  }

  private String gpu(MemoryEstimate memory) {
    return format(
        "about %.1f GiB in %s for one task: weights %.2f, each task %.2f, CUDA %.1f",
        memory.gpu(1) / GIB,
        name(speed.type()),
        memory.weights() / GIB,
        memory.activations() / GIB,
        MemoryEstimate.CUDA / GIB);
  }

  private static String gpus(double flops, MemoryEstimate half) {
    String times =
        Arrays.stream(GpuKind.values())
            .map(kind -> time(flops / kind.flopsPerSecond()) + " on " + kind)
            .collect(Collectors.joining(", "));
    return format(
        "about %s in fp16 (calculated, never measured); GPU memory %.1f GiB and %.1f for each task",
        times, (MemoryEstimate.CUDA + half.weights()) / GIB, half.activations() / GIB);
  }

  private static String count(int tasks) {
    return tasks == 1 ? "1 task" : tasks + " tasks";
  }

  static String name(DataType elements) {
    return switch (elements) {
      case FLOAT16 -> "fp16";
      case BFLOAT16 -> "bf16";
      default -> "fp32";
    };
  }

  /** A duration as a text, such as {@code 35 s}. */
  public static String time(double seconds) {
    if (seconds < 120) {
      return format("%.0f s", Math.ceil(seconds));
    }
    double minutes = seconds / 60;
    return minutes < 120 ? format("%.0f min", minutes) : format("%.1f h", minutes / 60);
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
