package io.latentsync.job.cli;

import io.latentsync.face.blend.Blend;
import io.latentsync.job.cli.arguments.DefaultCheckpoints;
import io.latentsync.job.cli.arguments.FaceArguments;
import io.latentsync.job.cli.arguments.RenderArguments;
import io.latentsync.job.cli.probe.Cost;
import io.latentsync.job.cli.probe.InputProbe;
import io.latentsync.job.cli.probe.Preview;
import io.latentsync.job.cli.probe.RequestPreview;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.EditFile;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.manifest.Manifest;
import io.latentsync.job.manifest.ManifestEntry;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command that reports the work and the cost of a dub without rendering it. */
@Command(
    name = "probe",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    abbreviateSynopsis = true,
    versionProvider = BuildVersion.class,
    description =
        "Checks a video and a speech, or the requests of a manifest, without dubbing, and reports"
            + " frames, segments, faces and damage. Estimates time and memory on this machine for"
            + " the networks of --unet_config_path, of the folder checkpoints, or of --demo_model."
            + " The quality and speed options are those of dub.")
public final class ProbeCommand implements UserCommand {
  /** The folder of the published VAE, next to the UNet's yaml. */
  private static final String VAE = "sd-vae-ft-mse";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "VIDEO",
      description = "The talking-head video.")
  private String video;

  @Parameters(index = "1", arity = "0..1", paramLabel = "AUDIO", description = "The new speech.")
  private String audio;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description =
          "A list of requests instead of VIDEO and AUDIO, as for dub. Prints a line with the cost of"
              + " each request, and the total. Exit code 3 if dub would reject some of them.")
  private String manifest;

  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description =
          "The UNet's yaml, such as conf/unet/stage2.yaml. The estimate needs no checkpoint."
              + " Default: checkpoints/unet_config.yaml if it exists.")
  private String unetConfig;

  @Option(
      names = "--vae_path",
      paramLabel = "FOLDER",
      description =
          "The VAE in the diffusers layout. Default: sd-vae-ft-mse in the folder of the UNet's"
              + " yaml if it exists, else a VAE of Stable Diffusion's size.")
  private String vae;

  @Option(names = "--demo_model", description = "Estimate the cost with the demonstration model.")
  private boolean demoModel;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "auto",
      description = "Number type of UNet and VAE for the estimate, as with dub.")
  private Precision dtype;

  @Option(
      names = "--edit",
      paramLabel = "FILE",
      description =
          "A JSON file with speakers and ranges, as for dub. AUDIO is the speech of the speakers"
              + " without one of their own.")
  private String edit;

  @Mixin private FaceArguments faces = new FaceArguments();

  @Mixin private RenderArguments rendering = new RenderArguments();

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  @Override
  public boolean verbose() {
    return verbose;
  }

  /** The inputs of a single video. */
  private record Inputs(Location video, Location speech, Edit edit) {}

  /** The files of the networks whose cost is estimated. */
  private record Networks(ModelConfig config, Optional<Path> vae) {}

  @Override
  public Integer call() throws IOException {
    requireInputs();
    int segmentFrames = rendering.segmentFrames();
    RenderOptions options = rendering.options(Blend.REFERENCE);
    Configuration hadoop = UserCommand.hadoop();
    InputCheck check = new InputCheck(hadoop);
    List<ManifestEntry> entries = List.of();
    if (manifest != null) {
      entries = Manifest.read(OptionCheck.location("--manifest", manifest), hadoop, check, false);
    }
    Optional<Inputs> inputs =
        manifest == null ? Optional.of(inputs(hadoop, check)) : Optional.empty();
    FaceOptions detection = faces.options();
    check.faces(detection);
    if (unetConfig != null) {
      check.readable(
          "--unet_config_path", OptionCheck.location("--unet_config_path", unetConfig), false);
    }
    if (vae != null) {
      check.readable("--vae_path", OptionCheck.location("--vae_path", vae), true);
    }
    check.finish();
    try (Scratch scratch = Scratch.temporary()) {
      Optional<Networks> networks = networks(hadoop, scratch);
      int chunk =
          networks.map(all -> all.config().chunkFrames()).orElse(ModelConfig.DEFAULT_CHUNK_FRAMES);
      int whole = (segmentFrames + chunk - 1) / chunk * chunk;
      InputProbe probe =
          new InputProbe(
              hadoop,
              rendering.onDamaged(),
              whole,
              manifest == null ? ProbeCommand::line : (name, value) -> {});
      return (inputs.isPresent()
              ? single(probe, inputs.get(), detection, options, networks)
              : all(probe, entries, detection, networks))
          .code();
    }
  }

  private void requireInputs() throws InvalidInputException {
    if (manifest != null && edit != null) {
      throw new InvalidInputException(
          "--manifest %s: its fields speakers, ranges and sound replace --edit"
              .formatted(manifest));
    }
    if (manifest == null && (video == null || (audio == null && edit == null))) {
      throw new InvalidInputException(
          "%s: is missing; name VIDEO and AUDIO, or --manifest"
              .formatted(video == null ? "VIDEO" : "AUDIO"));
    }
    if (manifest != null && video != null) {
      throw new InvalidInputException(
          "--manifest %s: already names the videos; omit VIDEO and AUDIO".formatted(manifest));
    }
    if (demoModel && (unetConfig != null || vae != null)) {
      throw new InvalidInputException(
          "--demo_model: cannot be combined with --unet_config_path and --vae_path, which name another"
              + " model");
    }
  }

  /** Reads and checks the inputs of a single video. */
  private Inputs inputs(Configuration hadoop, InputCheck check) throws IOException {
    Location source = OptionCheck.location("VIDEO", video);
    check.readable("VIDEO", source, false);
    Optional<Location> speech =
        audio == null ? Optional.empty() : Optional.of(OptionCheck.location("AUDIO", audio));
    speech.ifPresent(file -> check.readable("AUDIO", file, false));
    Edit speakers =
        edit == null
            ? Edit.NONE
            : EditFile.read(OptionCheck.location("--edit", edit), speech, hadoop);
    check.edit("--edit", speakers);
    return new Inputs(
        source, speech.orElseGet(() -> speakers.speakers().get(0).speech()), speakers);
  }

  private Optional<Networks> networks(Configuration hadoop, Scratch scratch) throws IOException {
    Models.Locator files = new ModelFiles(hadoop).locator(scratch);
    if (demoModel) {
      return Optional.of(
          new Networks(
              ModelConfig.read(files.locate(Demonstration.MODEL.unetConfig())),
              Optional.of(files.locate(Demonstration.MODEL.vae()))));
    }
    Optional<Location> config =
        unetConfig == null
            ? DefaultCheckpoints.here().unetConfig()
            : Optional.of(OptionCheck.location("--unet_config_path", unetConfig));
    if (config.isEmpty()) {
      return Optional.empty();
    }
    Location published = config.get().parent().child(VAE);
    Optional<Location> folder =
        vae != null
            ? Optional.of(OptionCheck.location("--vae_path", vae))
            : published.child("config.json").exists(hadoop)
                ? Optional.of(published)
                : Optional.empty();
    return Optional.of(
        new Networks(
            ModelConfig.read(files.locate(config.get().name())),
            folder.isPresent()
                ? Optional.of(files.locate(folder.get().name()))
                : Optional.empty()));
  }

  private Optional<Cost> cost(Optional<Networks> networks, RenderOptions options)
      throws IOException {
    if (networks.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Cost.onThisMachine(networks.get().config(), networks.get().vae(), options, dtype));
  }

  private static void printNoCost() {
    line(
        "cost",
        "not estimated: --unet_config_path is missing and %s/%s does not exist; --demo_model"
                .formatted(DefaultCheckpoints.FOLDER, DefaultCheckpoints.UNET_CONFIG)
            + " estimates it for the demonstration model");
  }

  private ExitCode single(
      InputProbe probe,
      Inputs inputs,
      FaceOptions detection,
      RenderOptions options,
      Optional<Networks> networks)
      throws IOException {
    InputProbe.Work work =
        probe.of(inputs.video(), inputs.speech(), inputs.edit(), detection, options);
    Optional<Cost> cost = cost(networks, options);
    if (cost.isEmpty()) {
      printNoCost();
    } else {
      Cost here = cost.get();
      here.lines(
              here.flops(work, options.sampling()),
              here.tasks(work.segments()),
              here.memory(work, options.sampling(), probe.segmentFrames()),
              here.halfMemory(work, options.sampling(), probe.segmentFrames()))
          .forEach(line -> line(line.name(), line.text()));
    }
    return ExitCode.DONE;
  }

  /** Prints a line for each request, and the totals. */
  private ExitCode all(
      InputProbe probe,
      List<ManifestEntry> entries,
      FaceOptions detection,
      Optional<Networks> networks)
      throws IOException {
    Optional<Cost> cost = cost(networks, rendering.options(Blend.REFERENCE));
    List<RequestPreview> requests = new ArrayList<>();
    for (ManifestEntry entry : entries) {
      RequestPreview request = preview(probe, entry, detection, cost);
      System.out.println(text(request, cost));
      requests.add(request);
    }
    Preview preview = new Preview(requests);
    line("total", total(preview));
    if (cost.isEmpty()) {
      printNoCost();
    } else if (preview.largest().isPresent()) {
      RequestPreview.Price largest = preview.largest().get();
      cost.get()
          .lines(
              preview.flops(),
              cost.get().tasks(preview.segments()),
              largest.memory(),
              largest.half())
          .forEach(line -> line(line.name(), line.text()));
    }
    return preview.impossible() == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
  }

  private RequestPreview preview(
      InputProbe probe, ManifestEntry entry, FaceOptions detection, Optional<Cost> cost) {
    try {
      RenderOptions own =
          rendering.options(
              Blend.REFERENCE,
              entry.seed(),
              entry.steps(),
              entry.guidance(),
              entry.fps(),
              entry.length(),
              entry.kept(),
              entry.silence(),
              entry.label());
      InputProbe.Work work = probe.of(entry.video(), entry.audio(), entry.edit(), detection, own);
      return new RequestPreview.Possible(
          entry.id(),
          work,
          cost.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  RequestPreview.Price.of(
                      cost.get(), work, own.sampling(), probe.segmentFrames())));
    } catch (IOException e) {
      return new RequestPreview.Impossible(entry.id(), FailureReason.of(e).text());
    }
  }

  private static String text(RequestPreview request, Optional<Cost> cost) {
    String id = Printable.value(request.id());
    if (!(request instanceof RequestPreview.Possible possible)) {
      return "%s: cannot be dubbed: %s"
          .formatted(id, ((RequestPreview.Impossible) request).reason());
    }
    InputProbe.Work work = possible.work();
    String price =
        possible
            .price()
            .map(
                of ->
                    ", about "
                        + Cost.time(
                            cost.get().seconds(of.flops(), cost.get().tasks(work.segments()))))
            .orElse("");
    return String.format(
        Locale.ROOT,
        "%s: %d frames (%.2f s), %d segment%s%s",
        id,
        work.frames(),
        work.seconds(),
        work.segments(),
        work.segments() == 1 ? "" : "s",
        price);
  }

  /** How many requests can be dubbed, and their sums. */
  static String total(Preview preview) {
    return String.format(
        Locale.ROOT,
        "%d of %d requests can be dubbed: %.1f min of video, %d segments",
        preview.possible().size(),
        preview.requests().size(),
        preview.videoSeconds() / 60,
        preview.segments());
  }

  private static void line(String name, String value) {
    System.out.println(String.format(Locale.ROOT, "%-12s %s", name, Printable.line(value)));
  }
}
