package io.latentsync.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.face.Mask;
import io.latentsync.train.head.EspeakNg;
import io.latentsync.train.head.HeldOut;
import io.latentsync.train.head.Seeds;
import io.latentsync.train.head.SyntheticClip;
import io.latentsync.train.head.TrainingClips;
import io.latentsync.train.judge.HeldOutTrial;
import io.latentsync.train.judge.PerfectDenoiser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command line of the training. Called again with the same options it goes on where it was; the
 * result is that of a run without a break.
 */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Trains the demonstration model: makes clips of aligned synthetic heads, and sentences"
            + " without heads (data), then trains the autoencoder (vae), the audio encoder (audio),"
            + " then the denoiser and further the audio encoder (unet); then dubs held-out clips and"
            + " compares them with the truth (judge).")
public final class TrainCommand implements Callable<Integer> {
  private static final int INVALID_INPUT = 2;
  private static final Duration BETWEEN_SAVES = Duration.ofMinutes(3);

  private enum Stage {
    data(0),
    vae(8000),
    audio(3000),
    unet(6400),
    judge(0);

    private final int steps;

    Stage(int steps) {
      this.steps = steps;
    }
  }

  @Option(
      names = "--stage",
      required = true,
      paramLabel = "STAGE",
      description = "What to do: ${COMPLETION-CANDIDATES}, in this order.")
  private Stage stage;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "The clips, *.safetensors with faces, speech and mouths. Needed by all stages but judge.")
  private Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where the model is written, and the state to go on with.")
  private Path out;

  @Option(
      names = "--heads",
      defaultValue = "144",
      paramLabel = "N",
      description =
          "data: clips to make, each of another head; those that are there are kept."
              + " Default: ${DEFAULT-VALUE}.")
  private int heads;

  @Option(
      names = "--faces",
      defaultValue = "40",
      paramLabel = "N",
      description =
          "data: frames of each clip whose faces are drawn, one after another at a random place; all"
              + " of a clip's speech is heard. Default: ${DEFAULT-VALUE}.")
  private int facesOfClip;

  @Option(
      names = "--sentences",
      defaultValue = "3000",
      paramLabel = "N",
      description =
          "data: further sentences, in other voices, that the audio encoder alone learns from."
              + " Default: ${DEFAULT-VALUE}.")
  private int sentences;

  @Option(
      names = "--minutes",
      defaultValue = "60",
      paramLabel = "N",
      description = "Stop after so much time; call again to go on. Default: ${DEFAULT-VALUE}.")
  private double minutes;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Steps of the whole training, in however many calls. Default: vae 8000, audio 3000, unet 6400.")
  private Integer steps;

  @Option(
      names = "--learning_rate",
      defaultValue = "0.001",
      paramLabel = "X",
      description = "The highest learning rate. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--config",
      paramLabel = "FOLDER",
      description =
          "Sizes of the model: a folder with unet.yaml, vae.json and whisper.json."
              + " Default: those of the demonstration.")
  private Path configFolder;

  @Option(
      names = "--start_from",
      paramLabel = "FILE",
      description =
          "The state of another training, whose weights are taken where names and shapes are the"
              + " same; motion modules can be added so to a denoiser trained without. unet takes what"
              + " audio has learnt in any case.")
  private Path startFrom;

  @Option(
      names = "--crop",
      defaultValue = "128",
      paramLabel = "N",
      description =
          "vae: side of the squares that are learnt from, a multiple of 8. Default: ${DEFAULT-VALUE}.")
  private int crop;

  @Option(
      names = "--batch",
      defaultValue = "2",
      paramLabel = "N",
      description = "vae: squares of a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--frames",
      defaultValue = "2",
      paramLabel = "N",
      description = "unet: frames of a chunk. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--chunks",
      defaultValue = "4",
      paramLabel = "N",
      description = "unet: chunks of a step. Default: ${DEFAULT-VALUE}.")
  private int chunks;

  @Option(
      names = "--pairs",
      defaultValue = "16",
      paramLabel = "N",
      description = "judge: held-out pairs to dub, 1 to 16. Default: ${DEFAULT-VALUE}.")
  private int pairs;

  @Parameters(
      paramLabel = "OPTION",
      description = "judge: options of the dub command after --, such as --guidance_scale=1.5.")
  private List<String> dubOptions = List.of();

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description =
          "Seed of the first weights and of all that is drawn. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "2",
      paramLabel = "N",
      description =
          "Threads of the arithmetic; another number gives other rounding. Default: ${DEFAULT-VALUE}.")
  private int threads;

  /** Runs the command and exits. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command and returns its exit code. */
  static int run(String... arguments) {
    return new CommandLine(new TrainCommand())
        .setExecutionExceptionHandler(TrainCommand::explain)
        .execute(arguments);
  }

  /** One line for what the user can mend; the stack trace for everything else. */
  private static int explain(
      Exception error, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (error instanceof IOException || error instanceof IllegalArgumentException) {
      commandLine.getErr().println("train: " + error.getMessage());
      return INVALID_INPUT;
    }
    throw error;
  }

  @Override
  public Integer call() throws IOException {
    // Read when the first array is made.
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
    ModelConfig config = configFolder == null ? ModelConfig.nano() : ModelConfig.read(configFolder);
    ModelFolder model = new ModelFolder(out);
    if (stage != Stage.judge && data == null) {
      throw new IllegalArgumentException("--data is missing; it must be the folder of the clips");
    }
    if (stage == Stage.data) {
      makeData(config.resolution());
      return 0;
    }
    if (stage == Stage.judge) {
      judge(model, config);
      return 0;
    }
    FaceFolder faces = FaceFolder.open(data);
    try (NDManager manager = NDManager.newBaseManager()) {
      switch (stage) {
        case vae -> trainVae(manager, config, model, faces);
        case audio -> trainAudio(manager, config, model, faces);
        default -> trainUnet(manager, config, model, faces);
      }
    }
    return 0;
  }

  private void makeData(int resolution) throws IOException {
    if (facesOfClip < 1) {
      throw new IllegalArgumentException(
          "--faces is %d, but must be at least 1".formatted(facesOfClip));
    }
    EspeakNg espeak = new EspeakNg();
    try (FaceDetector detector = FaceDetectors.open();
        ProgressBar bar = bar("data", heads + sentences)) {
      for (int seed = 0; seed < heads; seed++) {
        String name = String.format("%05d", seed);
        if (!FaceFolder.has(data, name)) {
          SyntheticClip clip = SyntheticClip.of(TrainingClips.script(seed), espeak);
          int count = Math.min(facesOfClip, clip.frames());
          int first = Seeds.random(seed, "faces").nextInt(clip.frames() - count + 1);
          FaceFolder.write(data, name, AlignedHeads.of(clip, detector, resolution, first, count));
        }
        bar.step();
      }
      for (int seed = 0; seed < sentences; seed++) {
        sentenceFolder().make(seed, espeak);
        bar.step();
      }
    }
  }

  private SentenceFolder sentenceFolder() {
    return new SentenceFolder(data.resolve("sentences"));
  }

  private void judge(ModelFolder model, ModelConfig config) throws IOException {
    int most = HeldOut.pairs().size();
    if (pairs < 1 || pairs > most) {
      throw new IllegalArgumentException(
          "--pairs is %d, but must be from 1 to %d".formatted(pairs, most));
    }
    List<String> options = new ArrayList<>(model.dubOptions());
    options.addAll(dubOptions);
    PerfectDenoiser perfect =
        new PerfectDenoiser(model.readVae(config), Mask.bundled(config.resolution()));
    try (HeldOutTrial trial = new HeldOutTrial(options, perfect, out.resolve("judge"))) {
      System.out.print(trial.run(pairs));
    }
  }

  private void trainVae(
      NDManager manager, ModelConfig config, ModelFolder model, TalkingFaces faces)
      throws IOException {
    try (AutoencoderObjective objective =
            new AutoencoderObjective(config.vae(), faces, config.resolution(), crop, batch);
        TrainingState state = state(manager, objective);
        NDManager scope = manager.newSubManager()) {
      run(objective, state);
      scope.tempAttachAll(state.average());
      model.writeVae(
          config,
          LatentScale.normalise(
              scope, config.vae(), objective.vaeOf(state.tensors(state.average())), faces));
    }
  }

  private void trainAudio(
      NDManager manager, ModelConfig config, ModelFolder model, TalkingFaces faces)
      throws IOException {
    List<SpokenSentence> ofClips = new ArrayList<>();
    for (int i = 0; i < faces.clips(); i++) {
      TalkingFaces.Clip clip = faces.clip(i);
      ofClips.add(SpokenSentence.of(manager, new Utterance(clip.speech(), clip.mouths())));
    }
    try (Objective objective =
            new AudioObjective(config, List.of(ofClips, sentenceFolder().read(manager)));
        TrainingState state = state(manager, objective);
        NDManager scope = manager.newSubManager()) {
      run(objective, state);
      scope.tempAttachAll(state.average());
      writeWhisper(scope, config, model, state.tensors(state.average()));
    }
  }

  private static void writeWhisper(
      NDManager scope, ModelConfig config, ModelFolder model, Map<String, NDArray> weights)
      throws IOException {
    model.writeWhisper(config, config.withWhisperTables(scope, AudioObjective.whisperOf(weights)));
  }

  private void trainUnet(
      NDManager manager, ModelConfig config, ModelFolder model, TalkingFaces faces)
      throws IOException {
    List<LatentClip> latents = encode(manager, config, model, faces);
    List<SpokenSentence> spoken = sentenceFolder().read(manager);
    int side = config.resolution() / config.vae().downsampling();
    NDArray keep =
        manager.create(Mask.bundled(config.resolution()).latent(), new Shape(side, side));
    DiffusionOptions options =
        new DiffusionOptions(
            chunks,
            frames,
            DiffusionOptions.DEFAULT.silence(),
            DiffusionOptions.DEFAULT.sharedNoise(),
            DiffusionOptions.DEFAULT.keptWeight(),
            DiffusionOptions.DEFAULT.mouthWeight());
    try (Objective objective =
            new DiffusionObjective(manager, config, latents, spoken, keep, options);
        TrainingState state = state(manager, objective);
        NDManager scope = manager.newSubManager()) {
      run(objective, state);
      scope.tempAttachAll(state.average());
      Map<String, NDArray> weights = state.tensors(state.average());
      model.writeUnet(
          config, state.step(), config.withUnetTables(scope, DiffusionObjective.unetOf(weights)));
      writeWhisper(scope, config, model, weights);
    }
  }

  private List<LatentClip> encode(
      NDManager manager, ModelConfig config, ModelFolder model, TalkingFaces faces)
      throws IOException {
    List<LatentClip> latents = new ArrayList<>();
    try (LatentFolder folder =
            new LatentFolder(manager, out.resolve("training/latents"), config, model);
        ProgressBar bar = bar("encode", faces.clips())) {
      for (int i = 0; i < faces.clips(); i++) {
        latents.add(folder.latents(manager, faces.clip(i)));
        bar.step();
      }
    }
    return latents;
  }

  private TrainingState state(NDManager manager, Objective objective) throws IOException {
    if (Files.exists(stateFile(stage))) {
      return TrainingState.read(manager, objective.weights(), stateFile(stage));
    }
    TrainingState state = TrainingState.initial(manager, objective.weights(), seed);
    if (startFrom != null) {
      adopt(state, startFrom);
    }
    if (stage == Stage.unet && Files.exists(stateFile(Stage.audio))) {
      adopt(state, stateFile(Stage.audio));
    }
    return state;
  }

  private static void adopt(TrainingState state, Path learnt) throws IOException {
    if (state.adopt(learnt) == 0) {
      throw new IOException(learnt + ": none of its weights fits the model to be trained");
    }
  }

  private Path stateFile(Stage of) {
    return out.resolve("training").resolve(of + ".safetensors");
  }

  private void run(Objective objective, TrainingState state) throws IOException {
    int total = steps == null ? stage.steps : steps;
    Training training =
        new Training(
            objective, new LearningRate(learningRate, Math.max(1, total / 50), total), seed);
    Path csv = out.resolve("training").resolve(stage + ".csv");
    Instant end = Instant.now().plusMillis((long) (minutes * 60_000));
    Instant save = Instant.now().plus(BETWEEN_SAVES);
    try (LossLog log = LossLog.open(csv, state.step());
        ProgressBar bar = bar(stage.name(), total)) {
      while (state.step() < total && Instant.now().isBefore(end)) {
        Training.Report report = training.step(state);
        log.add(report);
        bar.stepTo(state.step());
        bar.setExtraMessage(String.format("loss %.4f", report.loss()));
        if (Instant.now().isAfter(save)) {
          log.flush();
          state.save(stateFile(stage));
          save = Instant.now().plus(BETWEEN_SAVES);
        }
      }
      state.save(stateFile(stage));
      // A state that came without its log, and is done, has nothing to show.
      if (!log.isEmpty()) {
        log.plot(out.resolve("training").resolve(stage + ".png"), stage + ": loss by step");
      }
    }
  }

  private static ProgressBar bar(String name, long max) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(max)
        .showSpeed()
        .setStyle(ProgressBarStyle.ASCII)
        .build();
  }
}
