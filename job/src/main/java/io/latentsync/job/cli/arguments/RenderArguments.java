package io.latentsync.job.cli.arguments;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OnDamaged;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.model.render.VisibleLabel;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the rendering. */
public final class RenderArguments {
  private static final int LARGEST_SEED = Integer.MAX_VALUE;

  /** Whether the guidance scale depends on the predictions. */
  private enum GuidanceKind {
    FIXED,
    DYNAMIC;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--inference_steps",
      defaultValue = "20",
      paramLabel = "N",
      description = "Denoising steps, 2 to 999 (dpm++: 2 to 998).")
  private int steps;

  @Option(
      names = "--scheduler",
      defaultValue = "ddim",
      paramLabel = "NAME",
      description =
          "The solver of the denoising: ddim, as in the original, or dpm++ (DPM-Solver++ 2M), for"
              + " few steps, such as 10.")
  private Scheduler.Kind scheduler;

  @Option(
      names = "--guidance_scale",
      defaultValue = "1.0",
      paramLabel = "X",
      description =
          "Scale of the classifier-free guidance by the speech, 0 to 100. Values up to 1.0 switch"
              + " guidance off. Above 1.0, each step runs the UNet twice; 1.5 is a good value.")
  private double guidanceScale;

  @Option(
      names = "--guidance",
      defaultValue = "fixed",
      paramLabel = "KIND",
      description =
          "fixed: use --guidance_scale in every step. dynamic: in each step, increase it with"
              + " the disagreement of the predictions with and without speech, up to 2; needs a"
              + " --guidance_scale above 1.")
  private GuidanceKind guidance;

  @Option(
      names = "--temporal_smoothing",
      defaultValue = "0",
      paramLabel = "X",
      description =
          "Weight of the previous step's prediction in each step's prediction: at least 0 (off) and"
              + " below 1, such as 0.2.")
  private double smoothing;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description =
          "Seed of the noise, 0 to 2147483647. The same seed gives the same video. -1 draws a"
              + " random seed.")
  private long seed;

  @Option(
      names = "--audio_windows",
      defaultValue = "overlap",
      paramLabel = "KIND",
      description =
          "Layout of whisper's windows of 30 s for longer speech. reference: consecutive windows,"
              + " as in the original; the lips can jump at each border. overlap: overlapping"
              + " windows, with 5 s of audio context on each side of the part that is used.")
  private AudioWindows audioWindows;

  @Option(
      names = "--fps",
      defaultValue = "25",
      paramLabel = "KIND",
      description =
          "Frame rate of the output. 25: 25 frames per second, as in the original; frames of other"
              + " rates are dropped or repeated. source: every frame of the source, at the source's"
              + " rate of 10 to 60; a variable rate is replaced by the nearest common rate.")
  private FrameRatePolicy fps;

  @Option(
      names = "--sync_mode",
      defaultValue = "bounce",
      paramLabel = "KIND",
      description =
          "Policy for a video and a speech of different lengths. bounce, loop, hold and remap: the"
              + " output is as long as the speech. bounce, loop and hold cut a longer video; a"
              + " shorter one plays forward, backward, forward, as in the original, but turns at"
              + " its stillest frames within a second of its ends (bounce), starts again (loop) or"
              + " repeats its last frame (hold). remap plays the whole video up to 15 %% faster or"
              + " slower. cut_off: the output is as long as the shorter of the two. silence: it is"
              + " as long as the longer; silence follows a shorter speech.")
  private LengthPolicy length;

  @Option(
      names = "--keep",
      defaultValue = "",
      paramLabel = "RANGES",
      description =
          "Ranges of the output that keep the source's lips, such as 12-20,61.5-64 or 1:30- (to the"
              + " end): seconds, mm:ss or hh:mm:ss. The new lips fade out and in over 4 frames. The"
              + " sound is the new speech, also in these ranges.")
  private String keep;

  @Option(
      names = "--silence",
      defaultValue = "render",
      paramLabel = "KIND",
      description =
          "Policy for the lips in pauses of the new speech of 0.3 s or longer. render: they are"
              + " re-synthesised as in speech, as the original. rest: the networks' reference is"
              + " the frame of the shot whose mouth is most closed, in place of each frame itself."
              + " keep: the source's lips are shown where they rest, too. The transitions are faded"
              + " over 4 frames.")
  private SilencePolicy silence;

  @Option(
      names = "--deinterlace",
      defaultValue = "auto",
      paramLabel = "KIND",
      description =
          "auto: convert frames that are flagged as interlaced to full frames (FFmpeg's bwdif), at"
              + " the source's frame rate. off: keep them as they are.")
  private Deinterlacing deinterlace;

  @Option(
      names = "--blend",
      paramLabel = "KIND",
      description =
          "Method of pasting the new face into the frame. reference: paste the whole square, as in"
              + " the original. seamless: paste only the changed pixels and fit their colours to"
              + " the surroundings; the rest stays as sharp as the source. Default: seamless with"
              + " the demonstration model, else reference.")
  private Blend blend;

  @Option(
      names = "--resampling",
      paramLabel = "KIND",
      description =
          "Resampling of faces between frames and networks. reference: as in the original. sharp:"
              + " keeps all detail that the networks' resolution allows, almost without aliases."
              + " textured: sharp, and the source's finer texture is added to the new face outside"
              + " the lips. Default: sharp with --blend seamless, else reference.")
  private Resampling resampling;

  @Option(
      names = "--on_damaged",
      defaultValue = "fail",
      paramLabel = "WHAT",
      description =
          "Policy for a damaged video or speech, which was cut off, lacks frames or packets, or has"
              + " decoding errors. fail: the request fails before the synthesis if more than 1 %%"
              + " of the needed frames, or of the speech, are missing or have errors; a note"
              + " reports smaller damage. warn: dub all that can be decoded, with a note.")
  private OnDamaged onDamaged;

  @Option(
      names = "--label",
      defaultValue = "",
      paramLabel = "TEXT",
      description =
          "Visible text in the lower left corner of each frame, such as AI-generated: white on a"
              + " dark box, 1 to 60 characters of ASCII. Its size depends on the picture's.")
  private String label;

  @Mixin private EncoderArguments encoder = new EncoderArguments();

  @Mixin private SpeedArguments speed = new SpeedArguments();

  /** The policy for damaged inputs. */
  public OnDamaged onDamaged() {
    return onDamaged;
  }

  /**
   * The frames of a segment before they are rounded up to whole chunks, 1 to 100000.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public int segmentFrames() throws InvalidInputException {
    return speed.segmentFrames();
  }

  /**
   * The chosen options.
   *
   * @param defaultBlend default of {@code --blend}
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public RenderOptions options(Blend defaultBlend) throws InvalidInputException {
    return options(
        defaultBlend,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * The options of a request that overrides some of the command's options.
   *
   * @param defaultBlend default of {@code --blend}
   * @param ownSeed overrides {@code --seed}
   * @param ownSteps overrides {@code --inference_steps}
   * @param ownGuidance overrides {@code --guidance_scale}
   * @param ownFps overrides {@code --fps}
   * @param ownLength overrides {@code --sync_mode}
   * @param ownKept overrides {@code --keep}
   * @param ownSilence overrides {@code --silence}
   * @param ownLabel overrides {@code --label}
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public RenderOptions options(
      Blend defaultBlend,
      OptionalInt ownSeed,
      OptionalInt ownSteps,
      OptionalDouble ownGuidance,
      Optional<FrameRatePolicy> ownFps,
      Optional<LengthPolicy> ownLength,
      Optional<KeptRanges> ownKept,
      Optional<SilencePolicy> ownSilence,
      Optional<String> ownLabel)
      throws InvalidInputException {
    OptionCheck.requireBetween("--seed", seed, -1, LARGEST_SEED);
    Blend chosenBlend = blend == null ? defaultBlend : blend;
    long chosen = ownSeed.isPresent() ? ownSeed.getAsInt() : seed;
    return new RenderOptions(
        sampling(ownSteps.orElse(steps), ownGuidance.orElse(guidanceScale)),
        chosen == -1 ? new SecureRandom().nextInt(LARGEST_SEED) : chosen,
        speed.compute(),
        audioWindows,
        new RenderOptions.Timeline(
            ownFps.orElse(fps),
            ownLength.orElse(length),
            ownKept.isPresent() ? ownKept.get() : kept()),
        ownSilence.orElse(silence),
        deinterlace,
        new RenderOptions.Pasting(
            chosenBlend,
            resampling == null ? defaultResampling(chosenBlend) : resampling,
            ownLabel.isPresent() ? ownLabel.get() : label()),
        encoder.options());
  }

  private static Resampling defaultResampling(Blend blend) {
    return blend == Blend.SEAMLESS ? Resampling.SHARP : Resampling.REFERENCE;
  }

  private String label() throws InvalidInputException {
    try {
      return label.isEmpty() ? "" : VisibleLabel.require(label);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("--label " + e.getMessage(), e);
    }
  }

  private KeptRanges kept() throws InvalidInputException {
    try {
      return KeptRanges.parse(keep);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("--keep " + e.getMessage(), e);
    }
  }

  private SamplerOptions sampling(int denoisingSteps, double scale) throws InvalidInputException {
    // DPM-Solver++ divides the 1000 training steps by the number of steps plus one.
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
        denoisingSteps, scale, dynamic, scheduler, speed.deepCacheInterval(), smoothing);
  }
}
