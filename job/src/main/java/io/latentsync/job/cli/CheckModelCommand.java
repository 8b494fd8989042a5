package io.latentsync.job.cli;

import ai.djl.Device;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelCheck;
import io.latentsync.model.bundle.Precision;
import io.latentsync.nn.torch.LayerAccuracy;
import io.latentsync.nn.torch.Processor;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command that checks whether checkpoints are complete and fit together. */
@Command(
    name = "check-model",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    versionProvider = BuildVersion.class,
    description =
        "Checks that checkpoints have all tensors in the right shapes, with finite values. Then"
            + " runs each kind of layer on small pseudo-random data and prints its error against"
            + " 64-bit arithmetic. Exit code: 0 all checks passed, 1 this machine computes a layer"
            + " incorrectly, 2 a checkpoint cannot be used.")
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
          "The whisper checkpoint. With --unet_config_path its width is compared with the UNet's.")
  private String whisper;

  @Option(
      names = "--syncnet_path",
      paramLabel = "FILE",
      description = "SyncNet's checkpoint, syncnet_v2.model.")
  private String syncNet;

  @Option(
      names = "--dtype",
      defaultValue = "auto",
      paramLabel = "TYPE",
      description =
          "Number type of the layers of UNet and VAE: fp32, fp16, bf16, or auto: fp32 on a CPU,"
              + " fp16 on a GPU.")
  private Precision dtype;

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "The processor that runs the layers: cpu, cuda (NVIDIA), mps (Apple), or auto: this"
              + " machine's GPU, else the CPU.")
  private DeviceChoice device;

  @Spec private CommandSpec spec;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** A check of one checkpoint. */
  @FunctionalInterface
  private interface Check {
    /** Runs the check and returns a line with the result. Throws if the checkpoint is not valid. */
    String found() throws IOException;
  }

  /** The errors of a network's layers. */
  @FunctionalInterface
  private interface LayerErrors {
    /** Computes each kind of layer. Throws if the network's sizes cannot be read. */
    List<LayerAccuracy> of() throws IOException;
  }

  private record Network(String name, Check check, LayerErrors errors) {}

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
    Device where = device.device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
    Configuration hadoop = UserCommand.hadoop();
    try (Scratch scratch = Scratch.temporary()) {
      Files files = new Files(hadoop, scratch);
      List<Network> networks = networks(files, dtype, where);
      boolean valid = true;
      // Checks all checkpoints, so that the user sees all problems at once.
      for (Network network : networks) {
        valid &= passes(network.name(), network.check());
      }
      if (whisper != null && unetConfig != null) {
        valid &= passes("widths", () -> widths(files));
      }
      if (vae != null && unetConfig != null) {
        valid &= passes("latents", () -> latents(files));
      }
      if (!valid) {
        return ExitCode.INVALID_INPUT.code();
      }
      return (printAccuracies(networks, where) ? ExitCode.DONE : ExitCode.FAILED).code();
    }
  }

  private List<Network> networks(Files files, Precision precision, Device device) {
    List<Network> networks = new ArrayList<>();
    if (unet != null) {
      networks.add(
          new Network(
              "UNet",
              () -> ModelCheck.unet(files.unetConfig(), files.unet(), precision, device),
              () -> ModelCheck.unetNumbers(files.unetConfig(), precision, device)));
    }
    if (vae != null) {
      networks.add(
          new Network(
              "VAE",
              () -> ModelCheck.vae(files.vae(), precision, device),
              () -> ModelCheck.vaeNumbers(files.vae(), precision, device)));
    }
    if (whisper != null) {
      networks.add(
          new Network(
              "whisper",
              () -> ModelCheck.whisper(files.whisper()),
              () -> ModelCheck.whisperNumbers(files.whisper(), device)));
    }
    if (syncNet != null) {
      networks.add(
          new Network(
              "SyncNet",
              () -> ModelCheck.syncNet(files.syncNet()),
              () -> ModelCheck.syncNetNumbers(files.syncNet(), device)));
    }
    return networks;
  }

  private static String widths(Files files) throws IOException {
    ModelCheck.requireSameWidth(files.unetConfig(), files.whisper());
    return "the audio features of UNet and whisper match";
  }

  private static String latents(Files files) throws IOException {
    ModelCheck.requireSameLatents(files.unetConfig(), files.vae());
    return "the latents of UNet and VAE match";
  }

  /** Prints the table of all layers. Returns whether all are computed correctly. */
  private static boolean printAccuracies(List<Network> networks, Device device) throws IOException {
    System.out.printf(
        "%-12s %s, errors against 64-bit arithmetic, relative to the largest value%n",
        "numbers", Processor.name(device));
    boolean right = true;
    for (Network network : networks) {
      for (LayerAccuracy layer : network.errors().of()) {
        System.out.printf(
            Locale.ROOT,
            "  %-10s %-9s %-42s %8.2g  %s (at most %.2g)%n",
            network.name(),
            layer.type().name(),
            layer.kind(),
            layer.error(),
            layer.passes() ? "right" : "WRONG",
            layer.tolerance());
        right &= layer.passes();
      }
    }
    return right;
  }

  private boolean passes(String name, Check check) {
    try {
      System.out.printf("%-12s %s%n", name, Printable.line(check.found()));
      return true;
    } catch (IOException e) {
      if (verbose) {
        UserCommand.trace(e).forEach(System.err::println);
      }
      FailureReason.of(e)
          .text()
          .lines()
          .map(InputNames.of(spec.commandLine().getParseResult())::named)
          .forEach(line -> System.err.println("check-model: " + line));
      return false;
    }
  }

  /** The files of the options, as local files. */
  private final class Files {
    private final Configuration hadoop;
    private final Scratch scratch;

    Files(Configuration hadoop, Scratch scratch) {
      this.hadoop = hadoop;
      this.scratch = scratch;
    }

    Path unetConfig() throws IOException {
      return local("--unet_config_path", unetConfig, false);
    }

    Path unet() throws IOException {
      return local("--inference_ckpt_path", unet, false);
    }

    Path vae() throws IOException {
      return local("--vae_path", vae, true);
    }

    Path whisper() throws IOException {
      return local("--whisper_path", whisper, false);
    }

    Path syncNet() throws IOException {
      return local("--syncnet_path", syncNet, false);
    }

    private Path local(String option, String name, boolean folder) throws IOException {
      Location location = OptionCheck.location(option, name);
      InputCheck check = new InputCheck(hadoop);
      check.readable(option, location, folder);
      check.finish();
      return scratch.input(location, hadoop);
    }
  }
}
