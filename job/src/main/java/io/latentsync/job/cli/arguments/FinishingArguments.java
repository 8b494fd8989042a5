package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Finishing;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.media.Container;
import io.latentsync.text.Printable;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of what is done with a stitched output: marks, signature, validation. */
public final class FinishingArguments {
  /** Whether something is done. */
  private enum Switch {
    ON,
    OFF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--provenance",
      defaultValue = "on",
      paramLabel = "on|off",
      description =
          "on: mark the output as partly generated (IPTC digital source type in XMP and in the"
              + " comment), and write OUTPUT.provenance.json with checksums of inputs, model and"
              + " output, the options, and the frames with new lips. off: neither.")
  private Switch provenance;

  @Option(
      names = "--c2pa_tool",
      paramLabel = "PROGRAM",
      description =
          "Sign each output with this c2patool, which must be on each executor, and the manifest"
              + " definition of --c2pa_manifest. For .mp4 and .mov. A request whose output cannot be"
              + " signed fails. The signature contains the time, so the bytes differ between runs.")
  private String tool;

  @Option(
      names = "--c2pa_manifest",
      paramLabel = "FILE",
      description =
          "The manifest definition for --c2pa_tool: a local file that must be on each executor, with"
              + " the files that it names.")
  private String manifest;

  @Option(
      names = "--validate",
      paramLabel = "on|off",
      description =
          "on: decode each finished output and compare it with the source: frames, PSNR outside the"
              + " new faces, steps at borders, the mouth in silence, sync. A request whose output"
              + " lacks frames or cannot be decoded fails; other findings are warnings in summary,"
              + " results and report. Default: on for a manifest, off for a single video.")
  private Switch validate;

  /**
   * The options.
   *
   * @param listed whether the request is a manifest's
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  public Finishing options(boolean listed) throws InvalidInputException {
    return new Finishing(
        provenance == Switch.ON,
        signing().orElse(null),
        validate == null ? listed : validate == Switch.ON);
  }

  private Optional<Finishing.Signing> signing() throws InvalidInputException {
    if (tool == null && manifest == null) {
      return Optional.empty();
    }
    if (tool == null || tool.isBlank()) {
      throw new InvalidInputException(
          "--c2pa_tool is missing, but must be a program such as /usr/bin/c2patool for"
              + " --c2pa_manifest");
    }
    if (manifest == null) {
      throw new InvalidInputException(
          "--c2pa_manifest is missing, but must be a manifest definition for --c2pa_tool");
    }
    Finishing.Signing signing =
        new Finishing.Signing(tool, OptionCheck.location("--c2pa_manifest", manifest));
    if (!signing.manifest().isLocal()) {
      throw new InvalidInputException(
          "--c2pa_manifest is %s, but must be a local file".formatted(signing.manifest()));
    }
    return Optional.of(signing);
  }

  /**
   * Adds what is wrong with the files of this machine to a check.
   *
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  public void check(InputCheck check) throws InvalidInputException {
    signing().ifPresent(signing -> check.readable("--c2pa_manifest", signing.manifest(), false));
  }

  /**
   * Refuses an output that cannot be signed.
   *
   * @param output its file name
   */
  void requireSignable(String output) throws InvalidInputException {
    if (signing().isPresent()
        && Container.of(output)
            .filter(format -> format == Container.MP4 || format == Container.MOV)
            .isEmpty()) {
      throw new InvalidInputException(
          "--c2pa_tool signs .mp4 and .mov only, but the output is %s"
              .formatted(Printable.value(output)));
    }
  }
}
