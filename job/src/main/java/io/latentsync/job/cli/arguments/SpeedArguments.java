package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.render.RenderOptions;
import picocli.CommandLine.Option;

/** The options of speed, memory and parallelism. */
public final class SpeedArguments {
  private static final int LARGEST_BATCH = 64;
  private static final int MOST_THREADS = 256;

  /** The default of DeepCache's interval. */
  private static final int CACHE_INTERVAL = 3;

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "The processor that runs the networks: cpu, cuda (NVIDIA), mps (Apple), or auto. auto on"
              + " a cluster: the GPU that Spark assigns to the task, else the CPU. auto on one"
              + " machine: its GPU, else the CPU.")
  private DeviceChoice device;

  @Option(
      names = "--num_threads",
      defaultValue = "${sys:ai.djl.pytorch.num_threads:-1}",
      paramLabel = "N",
      description =
          "Computation threads of each task, 1 to 256. More threads mean fewer tasks at the same time"
              + " on this machine. The number of threads can change the output by rounding.")
  private int threads;

  @Option(
      names = "--segment_frames",
      defaultValue = "96",
      paramLabel = "N",
      description =
          "Frames in a segment, the part of a video that one task renders: 1 to 100000, rounded up"
              + " to whole chunks of the model.")
  private int segmentFrames;

  @Option(
      names = "--batch_size",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Chunks that the UNet denoises in one call, 1 to 64. A larger batch needs more memory and"
              + " can change the output by rounding.")
  private int batchSize;

  @Option(
      names = "--enable_deepcache",
      description =
          "Run the whole UNet in some denoising steps only, and reuse its deep features in the"
              + " others (DeepCache).")
  private boolean deepCache;

  @Option(
      names = "--cache_interval",
      paramLabel = "N",
      description =
          "With --enable_deepcache: run the whole UNet in every Nth step, 1 (every step) to 999."
              + " Default: "
              + CACHE_INTERVAL
              + ".")
  private Integer cacheInterval;

  @Option(
      names = "--enable_vae_slicing",
      hidden = true,
      description = "A CPU always processes one picture at a time, a GPU as many as fit.")
  @SuppressWarnings("unused") // Accepted because the original's command lines contain it.
  private boolean vaeSlicing;

  RenderOptions.Compute compute() throws InvalidInputException {
    OptionCheck.requireBetween("--batch_size", batchSize, 1, LARGEST_BATCH);
    OptionCheck.requireBetween("--num_threads", threads, 1, MOST_THREADS);
    return new RenderOptions.Compute(device, threads, batchSize);
  }

  int segmentFrames() throws InvalidInputException {
    OptionCheck.requireBetween("--segment_frames", segmentFrames, 1, 100_000);
    return segmentFrames;
  }

  /** DeepCache's interval; 0 without DeepCache. */
  int deepCacheInterval() throws InvalidInputException {
    int interval = cacheInterval == null ? CACHE_INTERVAL : cacheInterval;
    OptionCheck.requireBetween("--cache_interval", interval, 1, 999);
    if (cacheInterval != null && !deepCache) {
      throw new InvalidInputException(
          "--cache_interval is %s, but must come with --enable_deepcache".formatted(interval));
    }
    return deepCache ? interval : 0;
  }
}
