package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.DefaultCheckpoints;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.fetch.Download;
import io.latentsync.job.fetch.ModelVersion;
import io.latentsync.job.fetch.PublishedFile;
import io.latentsync.job.fetch.PublishedModel;
import io.latentsync.job.spark.ProgressDisplay;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The command that downloads the published checkpoints and checks them. */
@Command(
    name = "fetch-checkpoints",
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    description =
        "Downloads the published checkpoints into a folder, checks lengths and checksums, and runs"
            + " check-model. The same command continues an interrupted download. Exit code: 0 all"
            + " files are complete and valid, 1 the server cannot be reached or the disk is full, 2"
            + " a file differs from the published one.")
public final class FetchCheckpointsCommand implements UserCommand {
  private static final String SERVER = "https://huggingface.co";
  private static final long MEGABYTE = 1_000_000;

  @Parameters(
      paramLabel = "FOLDER",
      defaultValue = DefaultCheckpoints.FOLDER,
      description =
          "Folder for the files. dub finds them without options in the default folder only.")
  private Path folder;

  @Option(
      names = "--version",
      defaultValue = "1.6",
      paramLabel = "VERSION",
      converter = Version.class,
      description =
          "The version of LatentSync: 1.6 (faces of 512 × 512 pixels) or 1.5 (256 × 256, a third of"
              + " a task's memory and a quarter of the time).")
  private ModelVersion version;

  @Option(
      names = "--syncnet",
      description = "Also download SyncNet (55 MB), for sync scores of finished videos.")
  private boolean syncNet;

  @Option(
      names = "--insightface",
      description =
          "Also download InsightFace's buffalo_l (22 MB), the original's face detector. Its licence"
              + " allows non-commercial research only.")
  private boolean insightFace;

  @Option(
      names = "--base_url",
      paramLabel = "URL",
      description =
          "Address of the server, such as a company's mirror of Hugging Face. Default: the environment"
              + " variable HF_ENDPOINT, else https://huggingface.co.")
  private String baseUrl;

  @Option(
      names = "--list",
      description = "Only print address, length and checksum of each file, for a mirror.")
  private boolean list;

  // Not picocli's standard options, because --version is the version of the model here.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  private boolean help;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  private final Catalog catalog;
  private final Duration pause;

  /** The published files of a version. */
  @FunctionalInterface
  interface Catalog {
    /** The files of a version. Throws if this build lacks a part. */
    PublishedModel of(ModelVersion version) throws IOException;
  }

  /** A command that downloads the published files. */
  public FetchCheckpointsCommand() {
    this(PublishedModel::of, Duration.ofSeconds(1));
  }

  /**
   * A command that downloads the files of a catalog.
   *
   * @param pause waiting time after a failed download
   */
  FetchCheckpointsCommand(Catalog catalog, Duration pause) {
    this.catalog = catalog;
    this.pause = pause;
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws IOException {
    URI base = base();
    PublishedModel model = catalog.of(version);
    List<PublishedFile> files = new ArrayList<>(model.files());
    if (syncNet) {
      files.addAll(PublishedModel.syncNet());
    }
    if (insightFace) {
      files.addAll(PublishedModel.insightFace());
    }
    if (list) {
      files.forEach(file -> print(file, base));
      return ExitCode.DONE.code();
    }
    requireConfig(model);
    requireSpace(files);
    Download download = new Download(base, pause);
    for (PublishedFile file : files) {
      fetch(file, download);
    }
    Path config = folder.resolve(DefaultCheckpoints.UNET_CONFIG);
    if (!Files.exists(config)) {
      Files.writeString(config, model.unetConfig());
    }
    int code = UserCommand.run(new CheckModelCommand(), checkArguments());
    if (code == ExitCode.DONE.code()) {
      System.out.println(nextCommand());
    }
    return code;
  }

  /** An edited yaml is kept. That of another version would run the UNet at the wrong size. */
  private void requireConfig(PublishedModel model) throws IOException {
    Path config = folder.resolve(DefaultCheckpoints.UNET_CONFIG);
    String text =
        Files.exists(config)
            ? new String(Files.readAllBytes(config), StandardCharsets.UTF_8)
            : model.unetConfig();
    for (ModelVersion other : ModelVersion.values()) {
      if (!text.equals(model.unetConfig()) && text.equals(catalog.of(other).unetConfig())) {
        throw new InvalidInputException(
            "%s: is the configuration of LatentSync %s, not of %s; move it away, or name another folder"
                .formatted(config, other, version));
      }
    }
  }

  private URI base() throws InvalidInputException {
    String name =
        Optional.ofNullable(baseUrl)
            .or(() -> Optional.ofNullable(System.getenv("HF_ENDPOINT")))
            .filter(text -> !text.isBlank())
            .orElse(SERVER);
    try {
      URI uri = new URI(name);
      if (List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new InvalidInputException(wrongBase(name), e);
    }
    throw new InvalidInputException(wrongBase(name));
  }

  private static String wrongBase(String name) {
    return "--base_url (or HF_ENDPOINT) is %s, but must be an address such as %s"
        .formatted(name, SERVER);
  }

  private static void print(PublishedFile file, URI base) {
    System.out.printf(
        "%s%n  length %s, SHA-256 %s, to %s%n",
        file.address(base),
        file.length().isPresent() ? file.length().getAsLong() : "unknown",
        file.sha256(),
        file.target());
  }

  private void requireSpace(List<PublishedFile> files) throws IOException {
    Files.createDirectories(folder);
    long missing = 0;
    for (PublishedFile file : files) {
      Path target = folder.resolve(file.target());
      Path part = target.resolveSibling(target.getFileName() + ".part");
      if (!Files.exists(target)) {
        missing += file.length().orElse(0) - (Files.exists(part) ? Files.size(part) : 0);
      }
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (missing > free) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s: %.1f MB are needed, but the disk has %.1f MB left; free space, or name another"
                  + " folder",
              folder,
              (double) missing / MEGABYTE,
              (double) free / MEGABYTE));
    }
  }

  private void fetch(PublishedFile file, Download download) throws IOException {
    long size = file.length().orElse(0) / MEGABYTE;
    try (ProgressDisplay display =
        TerminalProgress.open(file.target().getFileName().toString(), "MB", size)) {
      download.fetch(
          file, folder, bytes -> display.show(bytes / MEGABYTE, Math.max(size, bytes / MEGABYTE)));
    }
  }

  private String[] checkArguments() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--unet_config_path=" + folder.resolve(DefaultCheckpoints.UNET_CONFIG),
                "--inference_ckpt_path=" + folder.resolve(DefaultCheckpoints.UNET),
                "--vae_path=" + folder.resolve("sd-vae-ft-mse"),
                "--whisper_path=" + folder.resolve("whisper").resolve("tiny.pt")));
    if (syncNet) {
      arguments.add("--syncnet_path=" + folder.resolve("auxiliary").resolve("syncnet_v2.model"));
    }
    return arguments.toArray(String[]::new);
  }

  private String nextCommand() {
    boolean found = folder.equals(Path.of(DefaultCheckpoints.FOLDER));
    return "dub with: latentsync dub --video_path talk.mp4 --audio_path speech.wav"
        + " --video_out_path dubbed.mp4"
        + (found
            ? ""
            : " --unet_config_path %s --inference_ckpt_path %s"
                .formatted(
                    folder.resolve(DefaultCheckpoints.UNET_CONFIG),
                    folder.resolve(DefaultCheckpoints.UNET)));
  }

  /** Converts a version number. */
  private static final class Version implements ITypeConverter<ModelVersion> {
    @Override
    public ModelVersion convert(String number) {
      for (ModelVersion version : ModelVersion.values()) {
        if (version.toString().equals(number)) {
          return version;
        }
      }
      throw new TypeConversionException("'" + number + "' is not a version");
    }
  }
}
