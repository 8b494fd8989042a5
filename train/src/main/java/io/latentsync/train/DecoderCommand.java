package io.latentsync.train;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.latentsync.job.cli.UserCommand;
import io.latentsync.job.cli.arguments.FaceArguments;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelCheck;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.estimate.SpeedTrial;
import io.latentsync.nn.networks.ActivationPeak;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.Flops;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.time.FrameRate;
import io.latentsync.train.decoder.DecoderOptions;
import io.latentsync.train.decoder.DecoderTraining;
import io.latentsync.train.decoder.FaceFootage;
import io.latentsync.train.decoder.TrainingInputs;
import io.latentsync.train.decoder.VaeFolder;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the decoder of a VAE on the faces of one person ({@link DecoderTraining}). */
@Command(
    name = "decoder",
    description =
        "Trains the decoder of a VAE on a person's own videos, for sharper teeth and lips. The"
            + " encoder does not change. The result replaces the VAE of any UNet that works with"
            + " the original one: dub --vae_path.")
final class DecoderCommand implements Callable<Integer> {
  private static final int MOST_FACES = 100_000;
  private static final int MOST_RESOLUTION = 1024;
  private static final int MOST_SECONDS = 600;
  private static final int MOST_MINUTES = 1_000_000;
  private static final int MOST_WEIGHT = 1000;
  private static final int MOST_THREADS = 1024;
  private static final double GIB = 1 << 30;

  /** A backward pass has twice the operations of a forward pass. */
  private static final int PASSES = 3;

  @Option(
      names = "--video",
      required = true,
      split = ",",
      paramLabel = "FILE",
      description = "Videos of the person, with commas between them.")
  private List<String> videos;

  @Option(
      names = "--vae_path",
      required = true,
      paramLabel = "FOLDER",
      description = "The VAE in the diffusers layout (config.json and the weights).")
  private String vae;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description =
          "Folder of the new VAE, in the same layout, with held-out.png (mouths before and after)"
              + " and the subfolder training (states and logs).")
  private Path out;

  @Mixin private FaceArguments face;

  @Option(
      names = "--resolution",
      defaultValue = "256",
      paramLabel = "N",
      description =
          "Side of the aligned faces in pixels: that of the UNet, such as 512 for LatentSync 1.6.")
  private int resolution;

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "The processor that trains: cpu, cuda (NVIDIA), mps (Apple), or auto: this machine's"
              + " GPU, else the CPU.")
  private DeviceChoice device;

  @Option(
      names = "--steps",
      defaultValue = "4000",
      paramLabel = "N",
      description = "Largest total number of steps, over all calls.")
  private int steps;

  @Option(
      names = "--minutes",
      defaultValue = "600",
      paramLabel = "N",
      description = "Stop after N minutes. Call again to continue.")
  private double minutes;

  @Option(
      names = "--faces",
      defaultValue = "1000",
      paramLabel = "N",
      description = "Largest number of faces to train on, evenly spaced in the videos.")
  private int faces;

  @Option(names = "--batch", defaultValue = "1", paramLabel = "N", description = "Faces per step.")
  private int batch;

  @Option(
      names = "--held_out_seconds",
      defaultValue = "4",
      paramLabel = "N",
      description =
          "The end of each video that is not trained on, at most half of it. The training stops"
              + " when these faces no longer improve.")
  private double heldOutSeconds;

  @Option(
      names = "--check_every",
      defaultValue = "100",
      paramLabel = "N",
      description = "Steps between two measurements of the held-out faces.")
  private int checkEvery;

  @Option(
      names = "--patience",
      defaultValue = "5",
      paramLabel = "N",
      description = "Stop after N measurements without improvement.")
  private int patience;

  @Option(
      names = "--mouth_weight",
      defaultValue = "4",
      paramLabel = "X",
      description = "Weight of the mouth region in the loss; the rest of the face has 1.")
  private double mouthWeight;

  @Option(
      names = "--edge_weight",
      defaultValue = "1",
      paramLabel = "X",
      description = "Weight of edges and fine texture (the Laplacian's error) in the loss.")
  private double edgeWeight;

  @Option(
      names = "--learning_rate",
      defaultValue = "0.0001",
      paramLabel = "X",
      description = "The highest learning rate.")
  private double learningRate;

  @Mixin private CheckpointingArguments checkpointing;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description = "Seed of all random choices.")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "2",
      paramLabel = "N",
      description = "Threads for tensor operations on a CPU. Another number gives other rounding.")
  private int threads;

  @Override
  public Integer call() throws IOException {
    requireValid();
    FaceOptions options = face.options();
    Configuration hadoop = UserCommand.hadoop();
    InputCheck check = new InputCheck(hadoop);
    for (String video : videos) {
      check.video("--video", OptionCheck.location("--video", video));
    }
    check.readable("--vae_path", OptionCheck.location("--vae_path", vae), true);
    check.faces(options);
    check.finish();
    OptionCheck.requireWritable("--out", out);
    OutputFiles.requireRegular(out);
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
    TorchEngine.load();
    Device where = device.device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
    try (Scratch scratch = Scratch.temporary()) {
      VaeFolder source =
          new VaeFolder(scratch.input(OptionCheck.location("--vae_path", vae), hadoop));
      requireResolution(source.config());
      if (Files.isDirectory(out) && Files.isSameFile(out, source.folder())) {
        throw new InvalidInputException(
            "--out %s: is the folder of --vae_path, but must be another one".formatted(out));
      }
      List<Path> files = new ArrayList<>();
      List<String> states = new ArrayList<>();
      for (String video : videos) {
        Location location = OptionCheck.location("--video", video);
        files.add(scratch.input(location, hadoop));
        states.add("video " + location.state(hadoop));
      }
      states.add("VAE " + OptionCheck.location("--vae_path", vae).state(hadoop));
      Optional<Location> models = options.insightFace();
      if (models.isPresent()) {
        states.add("face detectors " + models.get().state(hadoop));
      }
      FaceFootage.Analysis analysis =
          new FaceFootage.Analysis(
              options.choice(),
              models.isPresent()
                  ? Optional.of(scratch.input(models.get(), hadoop))
                  : Optional.empty(),
              resolution);
      estimate(source.config(), where);
      try (TrainingLock lock = TrainingLock.take(out.resolve("training"), "decoder")) {
        train(source, files, states, analysis, where);
      }
    }
    System.out.printf("%-12s %s%n", "VAE", ModelCheck.vae(out, Precision.AUTO, where));
    return 0;
  }

  private void requireValid() throws InvalidInputException {
    OptionCheck.requireBetween("--resolution", resolution, 1, MOST_RESOLUTION);
    OptionCheck.requireBetween("--steps", steps, 1, Integer.MAX_VALUE);
    OptionCheck.requireBetween("--minutes", minutes, 0, MOST_MINUTES);
    OptionCheck.requireBetween("--faces", faces, 1, MOST_FACES);
    OptionCheck.requireBetween("--batch", batch, 1, MOST_FACES);
    OptionCheck.requireBetween("--held_out_seconds", heldOutSeconds, 0, MOST_SECONDS);
    OptionCheck.requireBetween("--check_every", checkEvery, 1, Integer.MAX_VALUE);
    OptionCheck.requireBetween("--patience", patience, 1, Integer.MAX_VALUE);
    OptionCheck.requireBetween("--mouth_weight", mouthWeight, 0, MOST_WEIGHT);
    OptionCheck.requireBetween("--edge_weight", edgeWeight, 0, MOST_WEIGHT);
    OptionCheck.requireBetween("--threads", threads, 1, MOST_THREADS);
    requirePositive("--learning_rate", learningRate);
    requirePositive("--held_out_seconds", heldOutSeconds);
  }

  private static void requirePositive(String option, double value) throws InvalidInputException {
    if (!(value > 0)) {
      throw new InvalidInputException("%s is %s, but must be above 0".formatted(option, value));
    }
  }

  private void requireResolution(AutoencoderKlConfig config) throws InvalidInputException {
    // The template needs multiples of 8, the loss an even half.
    int factor = Math.max(8, config.downsampling());
    if (resolution % factor != 0) {
      throw new InvalidInputException(
          "--resolution is %d, but must be a multiple of %d".formatted(resolution, factor));
    }
  }

  private void train(
      VaeFolder source,
      List<Path> files,
      List<String> states,
      FaceFootage.Analysis analysis,
      Device where)
      throws IOException {
    TrainingInputs.of(states, analysis, faces, heldOutSeconds, options())
        .requireSameAs(out.resolve("training"));
    int heldOut = FrameRate.REFERENCE.framesIn((int) Math.round(1000 * heldOutSeconds));
    FaceFootage footage =
        FaceFootage.read(files, analysis, faces, Math.max(1, heldOut), TerminalProgress::open);
    System.out.printf(
        "%-12s %d to train on, %d held out%n",
        "faces", footage.training().size(), footage.heldOutFaces());
    Instant end = Instant.now().plus(Duration.ofMillis((long) (minutes * 60_000)));
    try (NDManager manager = NDManager.newBaseManager(where)) {
      System.out.print(
          new DecoderTraining(source, out, footage, options())
              .run(manager, end, TerminalProgress::open));
    }
  }

  private DecoderOptions options() {
    return new DecoderOptions(
        steps,
        learningRate,
        batch,
        mouthWeight,
        edgeWeight,
        checkEvery,
        patience,
        checkpointing.chosen(),
        seed);
  }

  /** Prints the expected memory and time of a step. */
  private void estimate(AutoencoderKlConfig config, Device where) {
    long plain = memory(config, false);
    long checkpointed = memory(config, true);
    double flops =
        batch
            * (Flops.encode(config, resolution)
                + (checkpointing.chosen() ? PASSES + 1 : PASSES)
                    * Flops.decode(config, resolution));
    double seconds = flops / SpeedTrial.flopsPerSecond(where, threads, DataType.FLOAT32);
    System.out.println(
        String.format(
            Locale.ROOT,
            "%-12s a step takes about %.2f s and %.2f GiB of memory; %d steps at most: %.1f h",
            "estimate",
            seconds,
            (checkpointing.chosen() ? checkpointed : plain) / GIB,
            steps,
            steps * seconds / 3600));
    checkpointing.advise(where, plain, checkpointed);
  }

  private long memory(AutoencoderKlConfig config, boolean checkpoints) {
    return TrainingState.bytes(config.tensors())
        + Float.BYTES * ActivationPeak.trainDecoder(config, batch, resolution, checkpoints);
  }
}
