package io.latentsync.model.estimate;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.media.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The estimates of a run as lines for the user.
 *
 * @param work size of the networks
 * @param config of the UNet
 * @param video the source
 * @param frames of the dubbed video
 * @param device of the networks
 * @param precision the requested element type
 * @param batchSize chunks that are denoised together
 * @param segmentFrames frames per segment
 * @param tasks that run at the same time
 * @param threads per tensor operation
 */
public record CostText(
    WorkEstimate work,
    ModelConfig config,
    VideoProbe video,
    long frames,
    Device device,
    Precision precision,
    int batchSize,
    int segmentFrames,
    int tasks,
    int threads) {
  private static final double GIB = 1L << 30;
  private static final double TERA = 1e12;

  /**
   * A line.
   *
   * @param name what it is about
   */
  public record Line(String name, String text) {}

  /** The lines about time and memory. Measures this machine's speed. */
  public List<Line> lines() {
    DataType type = precision.on(device);
    MemoryEstimate memory = memory(device, type);
    return isCpu()
        ? List.of(
            new Line("cost", time(type)),
            new Line("memory", process(memory, type)),
            new Line("on a GPU", gpus()))
        : List.of(
            new Line("cost", time(type)),
            new Line("memory", processBesideGpu(memory)),
            new Line("GPU memory", gpu(memory, type)));
  }

  private boolean isCpu() {
    return device.getDeviceType().equals(Device.Type.CPU);
  }

  private MemoryEstimate memory(Device where, DataType type) {
    return MemoryEstimate.of(work, config, video, where, type, batchSize, segmentFrames);
  }

  private String time(DataType type) {
    double speed = SpeedTrial.flopsPerSecond(device, threads, type);
    int atOnce = isCpu() ? tasks : 1; // Tasks share a GPU.
    return format(
        "about %s on this machine: %.4g TFLOP, %s at %.4g TFLOP/s%s (measured, %s)",
        duration(work.flopsPerFrame() * frames / (speed * atOnce)),
        work.flopsPerFrame() * frames / TERA,
        count(atOnce),
        speed / TERA,
        atOnce == 1 ? "" : " each",
        name(type));
  }

  private String process(MemoryEstimate memory, DataType type) {
    return format(
        "about %.1f GiB in %s: weights %.2f, each of %s %.2f (networks %.2f, pictures %.2f), the"
            + " program %.1f",
        memory.process(tasks) / GIB,
        name(type),
        memory.weights() / GIB,
        count(tasks),
        memory.task() / GIB,
        memory.activations() / GIB,
        memory.pictures() / GIB,
        MemoryEstimate.PROGRAM / GIB);
  }

  private String processBesideGpu(MemoryEstimate memory) {
    return format(
        "about %.1f GiB: pictures of each of %s %.2f, the program %.1f",
        memory.processBesideGpu(tasks) / GIB,
        count(tasks),
        memory.pictures() / GIB,
        MemoryEstimate.PROGRAM / GIB);
  }

  private String gpu(MemoryEstimate memory, DataType type) {
    return format(
        "about %.1f GiB in %s for one task: weights %.2f, each task %.2f, CUDA %.1f",
        memory.gpu(1) / GIB,
        name(type),
        memory.weights() / GIB,
        memory.activations() / GIB,
        MemoryEstimate.CUDA / GIB);
  }

  private String gpus() {
    MemoryEstimate memory = memory(Device.cpu(), DataType.FLOAT16);
    String times =
        Arrays.stream(GpuKind.values())
            .map(
                kind ->
                    duration(work.flopsPerFrame() * frames / kind.flopsPerSecond()) + " on " + kind)
            .collect(Collectors.joining(", "));
    return format(
        "about %s in fp16 (calculated, never measured); GPU memory %.1f GiB and %.1f for each task",
        times, (MemoryEstimate.CUDA + memory.weights()) / GIB, memory.activations() / GIB);
  }

  private static String count(int tasks) {
    return tasks == 1 ? "1 task" : tasks + " tasks";
  }

  private static String name(DataType type) {
    return switch (type) {
      case FLOAT16 -> "fp16";
      case BFLOAT16 -> "bf16";
      default -> "fp32";
    };
  }

  private static String duration(double seconds) {
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
