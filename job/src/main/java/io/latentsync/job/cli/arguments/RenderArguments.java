package io.latentsync.job.cli.arguments;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.blend.Blend;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.media.Deinterlacing;
import io.latentsync.media.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.render.RenderOptions;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The part of the command line that says how the pictures are made. */
public final class RenderArguments {
  private static final int LARGEST_SEED = Integer.MAX_VALUE;
  private static final int LARGEST_BATCH = 64;
  private static final int MOST_THREADS = 256;

  /** How guidance depends on the predictions. */
  private enum GuidanceKind {
    FIXED,
    DYNAMIC;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** DeepCache's interval, where nothing else is said. */
  private static final int CACHE_INTERVAL = 3;

  @Option(
      names = "--inference_steps",
      defaultValue = "20",
      paramLabel = "N",
      description = "Denoising steps, 2 to 999 (dpm++: 998).")
  private int steps;

  @Option(
      names = "--scheduler",
      defaultValue = "ddim",
      paramLabel = "NAME",
      description =
          "The solver: ddim, the original's, or dpm++ (DPM-Solver++ 2M), for few steps, such"
              + " as 10.")
  private Scheduler.Kind scheduler;

  @Option(
      names = "--guidance_scale",
      defaultValue = "1.0",
      paramLabel = "X",
      description =
          "Weight of the speech, 0 to 100; up to 1.0 no guidance, 1.5 is a good value at twice the"
              + " work.")
  private double guidanceScale;

  @Option(
      names = "--guidance",
      defaultValue = "fixed",
      paramLabel = "KIND",
      description =
          "fixed: the guidance scale as it is. dynamic: in each step more of it, the less the"
              + " predictions with and without speech agree, kept within 1 to 2; needs a"
              + " --guidance_scale above 1.")
  private GuidanceKind guidance;

  @Option(
      names = "--enable_deepcache",
      description = "Run the whole network in some steps only (DeepCache).")
  private boolean deepCache;

  @Option(
      names = "--cache_interval",
      paramLabel = "N",
      description =
          "With --enable_deepcache: every so many steps the whole network runs, 1 (always) to 999."
              + " Default: "
              + CACHE_INTERVAL
              + ".")
  private Integer cacheInterval;

  @Option(
      names = "--temporal_smoothing",
      defaultValue = "0",
      paramLabel = "X",
      description =
          "Share of the step before in the prediction of each step, at least 0 (off) and below 1,"
              + " such as 0.2.")
  private double smoothing;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description =
          "Seed of the noise, 0 to 2147483647; the same seed gives the same video; -1 draws one.")
  private long seed;

  @Option(
      names = "--batch_size",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Chunks that are denoised together, 1 to 64; more take more memory, and the pictures may"
              + " differ by rounding.")
  private int batchSize;

  @Option(
      names = "--enable_vae_slicing",
      hidden = true,
      description = "Does nothing: pictures always go through the VAE one at a time.")
  @SuppressWarnings("unused") // The original's command lines have it.
  private boolean vaeSlicing;

  @Option(
      names = "--num_threads",
      defaultValue = "${sys:ai.djl.pytorch.num_threads:-1}",
      paramLabel = "N",
      description =
          "Threads of the arithmetic inside a task, 1 to 256; as many fewer tasks run at once on"
              + " this machine. The pictures of another number may differ by rounding.")
  private int threads;

  @Option(
      names = "--audio_windows",
      defaultValue = "overlap",
      paramLabel = "KIND",
      description =
          "How speech longer than 30 s is heard. reference: in windows of 30 s one behind the other,"
              + " as the original does it, and the lips may jump at every border. overlap: each"
              + " window hears 5 s more on both sides than is used of it.")
  private AudioWindows audioWindows;

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "What computes the networks: cpu, cuda (NVIDIA), mps (Apple), or auto: on a cluster the GPU"
              + " that Spark gives a task, on this machine alone its GPU, else the CPU.")
  private DeviceChoice device;

  @Option(
      names = "--fps",
      defaultValue = "25",
      paramLabel = "KIND",
      description =
          "Frames a second. 25: as the original, whatever the source has; pictures are left out or"
              + " repeated. source: each of the source's pictures, at its own rate of 10 to 60; one"
              + " that varies becomes the usual rate nearest to it.")
  private FrameRatePolicy fps;

  @Option(
      names = "--deinterlace",
      defaultValue = "auto",
      paramLabel = "KIND",
      description =
          "auto: pictures that say they are interlaced become full pictures (FFmpeg's bwdif) at the"
              + " source's frame rate. off: they stay as they are.")
  private Deinterlacing deinterlace;

  @Option(
      names = "--blend",
      paramLabel = "KIND",
      description =
          "How the new faces are put into the frames. reference: the whole square, as the original."
              + " seamless: what has changed only, in colours that fit what is around; the rest"
              + " stays as sharp as it was. Default: seamless with the demonstration model, else"
              + " reference.")
  private Blend blend;

  /**
   * What the user chose.
   *
   * @param usualBlend what {@code --blend} is where nothing is said
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  public RenderOptions options(Blend usualBlend) throws InvalidInputException {
    return options(
        usualBlend,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        Optional.empty());
  }

  /**
   * What the user chose, but for a request with values of its own.
   *
   * @param usualBlend what {@code --blend} is where nothing is said
   * @param ownSeed in place of {@code --seed}
   * @param ownSteps in place of {@code --inference_steps}
   * @param ownGuidance in place of {@code --guidance_scale}
   * @param ownFps in place of {@code --fps}
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  public RenderOptions options(
      Blend usualBlend,
      OptionalInt ownSeed,
      OptionalInt ownSteps,
      OptionalDouble ownGuidance,
      Optional<FrameRatePolicy> ownFps)
      throws InvalidInputException {
    OptionCheck.requireBetween("--seed", seed, -1, LARGEST_SEED);
    OptionCheck.requireBetween("--batch_size", batchSize, 1, LARGEST_BATCH);
    OptionCheck.requireBetween("--num_threads", threads, 1, MOST_THREADS);
    long chosen = ownSeed.isPresent() ? ownSeed.getAsInt() : seed;
    return new RenderOptions(
        sampling(ownSteps.orElse(steps), ownGuidance.orElse(guidanceScale)),
        chosen == -1 ? new SecureRandom().nextInt(LARGEST_SEED) : chosen,
        batchSize,
        threads,
        audioWindows,
        device,
        ownFps.orElse(fps),
        deinterlace,
        blend == null ? usualBlend : blend);
  }

  private SamplerOptions sampling(int denoisingSteps, double scale) throws InvalidInputException {
    // DPM-Solver++ divides the schedule by one more than the steps.
    OptionCheck.requireBetween(
        "--inference_steps", denoisingSteps, 2, scheduler == Scheduler.Kind.DPM_SOLVER ? 998 : 999);
    OptionCheck.requireBetween("--guidance_scale", scale, 0, 100);
    boolean dynamic = guidance == GuidanceKind.DYNAMIC;
    if (dynamic && scale <= 1) {
      throw new InvalidInputException(
          "--guidance_scale is %s, but must be above 1, such as 1.5, for --guidance dynamic"
              .formatted(scale));
    }
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new InvalidInputException(
          "--temporal_smoothing is %s, but must be at least 0 (off) and below 1"
              .formatted(smoothing));
    }
    return new SamplerOptions(
        denoisingSteps, scale, dynamic, scheduler, deepCacheInterval(), smoothing);
  }

  private int deepCacheInterval() throws InvalidInputException {
    int interval = cacheInterval == null ? CACHE_INTERVAL : cacheInterval;
    OptionCheck.requireBetween("--cache_interval", interval, 1, 999);
    if (cacheInterval != null && !deepCache) {
      throw new InvalidInputException(
          "--cache_interval is %s, but must come with --enable_deepcache".formatted(interval));
    }
    return deepCache ? interval : 0;
  }
}
