package io.latentsync.job;

import io.latentsync.model.ModelCheck;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line that says whether checkpoints are whole and fit together. */
@Command(
    name = "check-model",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Opens checkpoints and says what they are: whether all tensors are there, in the right"
            + " shapes. Reads no more than their directories. Exit code 0 if all are good.")
public final class CheckModelCommand implements UserCommand {

  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description = "The UNet's yaml, such as conf/unet/stage2.yaml.")
  private String unetConfig;

  @Option(
      names = "--inference_ckpt_path",
      paramLabel = "FILE",
      description = "The UNet's checkpoint; needs --unet_config_path.")
  private String unet;

  @Option(
      names = "--vae_path",
      paramLabel = "FOLDER",
      description = "The VAE in the diffusers layout.")
  private String vae;

  @Option(
      names = "--whisper_path",
      paramLabel = "FILE",
      description =
          "The whisper checkpoint. With --unet_config_path: also whether the widths agree.")
  private String whisper;

  @Option(
      names = "--syncnet_path",
      paramLabel = "FILE",
      description = "The network of the sync evaluation, syncnet_v2.model.")
  private String syncNet;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** What is looked at. */
  @FunctionalInterface
  private interface Check {
    /** A line that says what was found; fails if it is not good. */
    String found() throws IOException;
  }

  /** Runs the command and exits. */
  public static void main(String[] arguments) {
    System.exit(UserCommand.run(new CheckModelCommand(), arguments));
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws IOException {
    if (unet == null && vae == null && whisper == null && syncNet == null) {
      throw new InvalidInputException(
          "no checkpoint is named; name one with --inference_ckpt_path, --vae_path,"
              + " --whisper_path or --syncnet_path");
    }
    if (unet != null && unetConfig == null) {
      throw new InvalidInputException(
          "--unet_config_path is missing, but must be the yaml of --inference_ckpt_path");
    }
    Configuration hadoop = UserCommand.hadoop();
    boolean good = true;
    // All are looked at, so that the user mends everything at once.
    try (Scratch scratch = Scratch.temporary()) {
      if (unet != null) {
        good &=
            good(
                "UNet",
                () ->
                    ModelCheck.unet(
                        local("--unet_config_path", unetConfig, hadoop, scratch),
                        local("--inference_ckpt_path", unet, hadoop, scratch)));
      }
      if (vae != null) {
        good &= good("VAE", () -> ModelCheck.vae(local("--vae_path", vae, hadoop, scratch)));
      }
      if (whisper != null) {
        good &=
            good(
                "whisper",
                () -> ModelCheck.whisper(local("--whisper_path", whisper, hadoop, scratch)));
      }
      if (whisper != null && unetConfig != null) {
        good &=
            good(
                "widths",
                () -> {
                  ModelCheck.requireSameWidth(
                      local("--unet_config_path", unetConfig, hadoop, scratch),
                      local("--whisper_path", whisper, hadoop, scratch));
                  return "the UNet expects the audio features that whisper gives";
                });
      }
      if (syncNet != null) {
        good &=
            good(
                "SyncNet",
                () -> ModelCheck.syncNet(local("--syncnet_path", syncNet, hadoop, scratch)));
      }
    }
    return good ? DONE : INVALID_INPUT;
  }

  private boolean good(String name, Check check) {
    try {
      System.out.printf("%-12s %s%n", name, check.found());
      return true;
    } catch (IOException e) {
      if (verbose) {
        e.printStackTrace();
      }
      System.err.println("check-model: " + FailureReason.of(e).text());
      return false;
    }
  }

  private static Path local(String option, String name, Configuration hadoop, Scratch scratch)
      throws IOException {
    return scratch.input(UserCommand.location(option, name), hadoop);
  }
}
