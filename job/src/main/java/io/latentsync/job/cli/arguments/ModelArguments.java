package io.latentsync.job.cli.arguments;

import io.latentsync.face.blend.Blend;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Precision;
import picocli.CommandLine.Option;

/** The part of the command line that names the networks. */
public final class ModelArguments {
  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description = "The UNet's yaml, such as conf/unet/stage2.yaml.")
  private String unetConfig;

  @Option(
      names = "--inference_ckpt_path",
      paramLabel = "FILE",
      description = "The UNet's checkpoint, such as latentsync_unet.pt.")
  private String unet;

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

  /** Whether the user named a UNet's checkpoint. */
  public boolean isNamed() {
    return unet != null;
  }

  /**
   * The named files; the demonstration model if none of a model's is named.
   *
   * @throws InvalidInputException naming the option that is missing or no path
   */
  public ModelBundle bundle() throws InvalidInputException {
    String maskName = mask == null ? "" : OptionCheck.location("--mask_image_path", mask).name();
    if (unetConfig == null && unet == null && vae == null && whisper == null) {
      ModelBundle model = Demonstration.MODEL;
      return new ModelBundle(
          model.unetConfig(), model.unet(), model.vae(), model.whisper(), maskName, dtype);
    }
    Location checkpoint = OptionCheck.location("--inference_ckpt_path", unet);
    return new ModelBundle(
        OptionCheck.location("--unet_config_path", unetConfig).name(),
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

  /** How faces are blended where the user says nothing. */
  Blend usualBlend() throws InvalidInputException {
    // The demonstration model does not hold the colours of backgrounds.
    return Demonstration.isModelOf(bundle()) ? Blend.SEAMLESS : Blend.REFERENCE;
  }
}
