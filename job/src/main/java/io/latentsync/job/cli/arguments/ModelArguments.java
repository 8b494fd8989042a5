package io.latentsync.job.cli.arguments;

import io.latentsync.face.blend.Blend;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Precision;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of the networks. */
public final class ModelArguments {
  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description =
          "The UNet's yaml, such as conf/unet/stage2.yaml. Default: checkpoints/unet_config.yaml if"
              + " no option names a model.")
  private String unetConfig;

  @Option(
      names = "--inference_ckpt_path",
      paramLabel = "FILE",
      description =
          "The UNet's checkpoint, such as latentsync_unet.pt. Default:"
              + " checkpoints/latentsync_unet.pt, where fetch-checkpoints puts it, if it exists;"
              + " else the demonstration model.")
  private String unet;

  @Option(
      names = "--demo_model",
      description =
          "Use the demonstration model, which works for synthetic heads only. Without checkpoints, a"
              + " manifest needs this option.")
  private boolean demoModel;

  @Option(
      names = "--vae_path",
      paramLabel = "FOLDER",
      description =
          "The VAE in the diffusers layout (config.json and the weights). Default: sd-vae-ft-mse"
              + " in the folder of the UNet's checkpoint.")
  private String vae;

  @Option(
      names = "--whisper_path",
      paramLabel = "FILE",
      description =
          "The whisper checkpoint: tiny.pt for a cross_attention_dim of 384, small.pt for 768."
              + " Default: whisper/tiny.pt in the folder of the UNet's checkpoint.")
  private String whisper;

  @Option(
      names = "--mask_image_path",
      paramLabel = "FILE",
      description =
          "A square picture of the aligned face, PNG, JPEG, BMP or TIFF: white is kept, black is"
              + " re-synthesised. Default: the built-in mask (conf/mask.png).")
  private String mask;

  @Option(
      names = "--dtype",
      defaultValue = "auto",
      paramLabel = "TYPE",
      description =
          "Number type of UNet and VAE: fp32, fp16, bf16, or auto: fp32 on a CPU, fp16 on a GPU.")
  private Precision dtype;

  private final DefaultCheckpoints defaults;
  private boolean demonstration;

  /** Options with the default checkpoints of the working directory. */
  public ModelArguments() {
    this(DefaultCheckpoints.here());
  }

  ModelArguments(DefaultCheckpoints defaults) {
    this.defaults = defaults;
  }

  /** Whether an option names a UNet's checkpoint. */
  public boolean isNamed() {
    return unet != null;
  }

  /** Makes the demonstration model the default, even if default checkpoints exist. */
  public void preferDemonstration() {
    demonstration = true;
  }

  /**
   * Rejects the demonstration model as a fallback for a manifest, because nobody would notice the
   * wrong model before the whole batch is rendered.
   *
   * @throws InvalidInputException if no option names a model and there are no default checkpoints
   */
  public void requireExplicit() throws InvalidInputException {
    if (!isAnyNamed() && !isDemonstration() && defaults.unet().isEmpty()) {
      throw new InvalidInputException(
          "--manifest: no option names a checkpoint and %s does not exist; give --inference_ckpt_path,"
                  .formatted(defaults.folder().resolve(DefaultCheckpoints.UNET))
              + " download the published checkpoints with deploy/local/fetch-checkpoints, or give"
              + " --demo_model for synthetic heads");
    }
  }

  private boolean isDemonstration() {
    return demonstration || demoModel;
  }

  private boolean isAnyNamed() {
    return unetConfig != null || unet != null || vae != null || whisper != null;
  }

  /**
   * A line about the model in use, if no option names one; else empty.
   *
   * @throws InvalidInputException if a file of {@link DefaultCheckpoints} is missing
   */
  public Optional<String> notice() throws InvalidInputException {
    if (isAnyNamed()) {
      return Optional.empty();
    }
    if (!Demonstration.isModelOf(bundle())) {
      return Optional.of("using the checkpoints in the folder " + defaults.folder());
    }
    String model = "the demonstration model, which works for synthetic heads only";
    return Optional.of(
        isDemonstration()
            ? "using " + model
            : "no option names a checkpoint and %s does not exist: using %s;"
                    .formatted(defaults.folder().resolve(DefaultCheckpoints.UNET), model)
                + " deploy/local/fetch-checkpoints downloads the published checkpoints");
  }

  /**
   * The files that options name; else {@link DefaultCheckpoints} if they exist, else the
   * demonstration model.
   *
   * @throws InvalidInputException naming the option that is missing, is not a path or contradicts
   *     another
   */
  public ModelBundle bundle() throws InvalidInputException {
    if (demoModel && isAnyNamed()) {
      throw new InvalidInputException(
          "--demo_model: cannot be combined with --unet_config_path, --inference_ckpt_path, --vae_path and"
              + " --whisper_path, which name another model");
    }
    String maskName = mask == null ? "" : OptionCheck.location("--mask_image_path", mask).name();
    Optional<Location> defaultUnet =
        isAnyNamed() || isDemonstration() ? Optional.empty() : defaults.unet();
    if (!isAnyNamed() && defaultUnet.isEmpty()) {
      ModelBundle model = Demonstration.MODEL;
      return new ModelBundle(
          model.unetConfig(), model.unet(), model.vae(), model.whisper(), maskName, dtype);
    }
    Location checkpoint =
        defaultUnet.isPresent()
            ? defaultUnet.get()
            : OptionCheck.location("--inference_ckpt_path", unet);
    Location config =
        defaultUnet.isPresent()
            ? defaults.requiredUnetConfig()
            : OptionCheck.location("--unet_config_path", unetConfig);
    return new ModelBundle(
        config.name(),
        checkpoint.name(),
        vae == null
            ? checkpoint.parent().child("sd-vae-ft-mse").name()
            : OptionCheck.location("--vae_path", vae).name(),
        whisper == null
            ? checkpoint.parent().child("whisper").child("tiny.pt").name()
            : OptionCheck.location("--whisper_path", whisper).name(),
        maskName,
        dtype);
  }

  /** The default blending. */
  Blend defaultBlend() throws InvalidInputException {
    // The demonstration model does not reproduce the colours of backgrounds.
    return Demonstration.isModelOf(bundle()) ? Blend.SEAMLESS : Blend.REFERENCE;
  }
}
