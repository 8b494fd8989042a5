package io.latentsync.job;

import com.google.common.base.Throwables;
import io.latentsync.face.Blend;
import io.latentsync.model.ModelBundle;
import io.latentsync.model.Precision;
import io.latentsync.model.RenderOptions;
import io.latentsync.model.WarmUp;
import io.latentsync.record.RequestResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line: dubs one video, or those of a manifest. Options carry the original's names.
 * Exit codes: 0 done, 2 the input cannot be used, 3 some requests of a manifest failed, 1 anything
 * else.
 */
@Command(
    name = "dub",
    mixinStandardHelpOptions = true,
    version = "LatentSync for Spark 0.1.0",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Dubs a talking-head video: re-synthesises the mouth so that the lips follow a new speech"
            + " track. Every path is local or a Hadoop path such as hdfs://… or s3a://….")
public final class DubCommand implements UserCommand {
  private static final int SOME_FAILED = 3;
  private static final String DEMO_FOLDER = "latentsync-demo";

  @Option(
      names = "--demo",
      description =
          "Try it: dubs a sample clip of a synthetic head with a sample speech and the"
              + " demonstration model. The samples are put beside the output,"
              + " latentsync-demo/dubbed.mp4 if none is named. Other options may be given beside"
              + " it.")
  private boolean demo;

  @Option(
      names = "--video_path",
      paramLabel = "FILE",
      description = "The talking-head video, in any format and frame rate.")
  private String video;

  @Option(
      names = "--audio_path",
      paramLabel = "FILE",
      description = "The new speech, in any format, or a video that has it.")
  private String audio;

  @Option(
      names = "--video_out_path",
      paramLabel = "FILE",
      description =
          "The video to write: .mp4, .m4v, .mov or .mkv, each with H.264 and AAC. Appears when it is"
              + " complete; replaces a file of that name.")
  private String output;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description =
          "In place of one video, a list of them: JSON lines (.jsonl, .ndjson, .json), CSV with a"
              + " first line of names (.csv), Avro (.avro) or Parquet (.parquet), or a folder of"
              + " such files. Fields: id, video, audio, output and, if a request wants its own,"
              + " seed, steps, guidance, fps. Relative paths are relative to the manifest's folder. All"
              + " of it is checked before work begins; then a request that fails does not stop the"
              + " others. Exit code: 0 all done, 3 some failed, 2 the manifest cannot be used.")
  private String manifest;

  @Option(
      names = "--report_dir",
      paramLabel = "FOLDER",
      description =
          "Where report.html, results.json and results.avro are written, which say for each request"
              + " what became of it. A request that results.avro says is done is not dubbed again"
              + " as long as its files and options stay as they were. Default: the manifest's"
              + " folder; none without a manifest.")
  private String reportDir;

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
          "The VAE in the diffusers layout (config.json and the weights). Default: the folder"
              + " sd-vae-ft-mse beside the UNet's checkpoint.")
  private String vae;

  @Option(
      names = "--whisper_path",
      paramLabel = "FILE",
      description =
          "The whisper checkpoint: tiny.pt for a cross_attention_dim of 384, small.pt for 768."
              + " Default: whisper/tiny.pt beside the UNet's checkpoint.")
  private String whisper;

  @Option(
      names = "--mask_image_path",
      paramLabel = "FILE",
      description =
          "A square picture of the aligned face: white is kept, black re-synthesised. Default: the"
              + " built-in one (conf/mask.png).")
  private String mask;

  @Option(
      names = "--dtype",
      defaultValue = "auto",
      paramLabel = "TYPE",
      description =
          "What UNet and VAE are computed in: fp32, fp16, bf16, or auto, which is fp32 on a CPU and"
              + " fp16 on a GPU. Default: ${DEFAULT-VALUE}.")
  private String dtype;

  @Mixin private FaceArguments faces = new FaceArguments();

  @Mixin private RenderArguments rendering = new RenderArguments();

  @Mixin private SyncArguments sync = new SyncArguments();

  @Mixin private ProfileArguments profiling = new ProfileArguments();

  @Option(
      names = "--segment_frames",
      defaultValue = "96",
      paramLabel = "N",
      description =
          "Frames that one task renders, 1 to 100000; made up to whole chunks of the model."
              + " Default: ${DEFAULT-VALUE}.")
  private int segmentFrames;

  @Option(
      names = "--temp_dir",
      paramLabel = "FOLDER",
      description =
          "Where a folder of this run's own is made for its intermediate files, in sight of all"
              + " executors. However the run ends, only the faces that were found and finished"
              + " segments are left, and nothing after success; the same command goes on from them. Default: the output's folder.")
  private String tempDir;

  @Mixin private CacheArguments cache = new CacheArguments();

  @Option(
      names = "--tasks_per_gpu",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "On a cluster whose executors have GPUs: tasks that work on one at the same time, 1 to 16;"
              + " they share the weights. Default: ${DEFAULT-VALUE}.")
  private int tasksPerGpu;

  @Option(
      names = "--warmup",
      defaultValue = "auto",
      paramLabel = "WHEN",
      description =
          "Whether each process runs black pictures and silence through the networks before its"
              + " first segment: on, off, or auto, which is on for GPUs. The pictures are the same;"
              + " the summary tells the time apart. Default: ${DEFAULT-VALUE}.")
  private String warmUp;

  @Option(
      names = "--keep_staging",
      description =
          "Keep the intermediate files of a run that has succeeded too: the same command then puts"
              + " them together again without rendering.")
  private boolean keepStaging;

  @Spec private CommandSpec spec;

  /** Where the manifest has the requests, by their ids. */
  private final Map<String, String> places = new HashMap<>();

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Runs the command and exits. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command and returns its exit code. */
  public static int run(String... arguments) {
    return UserCommand.run(new DubCommand(), arguments);
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws Exception {
    boolean truthKnown = demo && audio == null;
    if (demo) {
      useSamples(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
    }
    Optional<ProfileArguments.Wish> profile =
        profiling.wish(manifest != null, Optional.ofNullable(output), keepStaging);
    OptionCheck.requireBetween("--segment_frames", segmentFrames, 1, 100_000);
    OptionCheck.requireBetween("--tasks_per_gpu", tasksPerGpu, 1, 16);
    if (Demonstration.has(models().unet())) {
      System.err.println(
          "using the demonstration model, which is for synthetic heads; real faces want the"
              + " published checkpoint (--inference_ckpt_path)");
    }
    SparkConf conf =
        new SparkConf().setAppName("LatentSync: dub " + (manifest == null ? video : manifest));
    // All cores are busy, whether with many tasks or with many threads in a task.
    int tasks =
        Runtime.getRuntime().availableProcessors() / rendering.options(usualBlend()).threads();
    conf.setIfMissing("spark.master", "local[" + Math.max(1, tasks) + "]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.set(GpuShare.TASKS_PER_GPU, String.valueOf(tasksPerGpu));
    conf.set(
        Synthesise.WARM_UP,
        OptionCheck.oneOf("--warmup", warmUp, WarmUp.Choice.values()).toString());
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    conf.setIfMissing("spark.metrics.namespace", "latentsync");
    MetricsPlugin.addTo(conf);
    cache.addTo(conf);
    Configuration configuration = SparkHadoopUtil.get().newConfiguration(conf);
    Optional<Location> report = report(profile);
    List<DubRequest> requests =
        checkedRequests(configuration, report, profile, GpuShare.isLocal(conf));
    Results results =
        manifest == null
            ? Results.anew(report, configuration)
            : Results.resumed(report.get(), configuration);
    try (JavaSparkContext spark = StagePools.start(conf)) {
      ProfiledRuns.Told told;
      try (Progress progress = new Progress(spark.sc())) {
        told =
            profile.isPresent()
                ? new ProfiledRuns(spark, progress, results, profile.get())
                    .dub(requests.get(0), stagingRoot(requests.get(0)))
                : ProfiledRuns.Told.unmeasured(
                    new Batch(spark, progress, results, keepStaging)
                        .dub(requests, this::stagingRoot));
      }
      List<Outcome> outcomes = told.outcomes().stream().map(this::named).toList();
      List<RequestResult> rows = results.finish(outcomes);
      if (report.isPresent()) {
        Report.write(rows, Stills.of(rows, spark), told.charts(), report.get(), configuration);
      }
      System.out.print(told.text());
      return manifest == null ? tell(outcomes.get(0), truthKnown) : tell(outcomes, report.get());
    }
  }

  /** The same, with the row of a manifest that names the file of which a failure complains. */
  private Outcome named(Outcome outcome) {
    if (!(outcome instanceof Outcome.Failed failed) || !places.containsKey(failed.request().id())) {
      return outcome;
    }
    FailureReason reason = FailureReason.of(failed.cause());
    if (!reason.input()) {
      return outcome;
    }
    DubRequest request = failed.request();
    String place = places.get(request.id()) + ": ";
    InputNames names =
        InputNames.of(spec.commandLine().getParseResult())
            .add(place + "video", request.video().name())
            .add(place + "audio", request.audio().name())
            .add(place + "output", request.output().name());
    String text = reason.text().lines().map(names::named).collect(Collectors.joining("\n"));
    return new Outcome.Failed(
        request, failed.times(), new InvalidInputException(text, failed.cause()));
  }

  /** Says what became of a single video; returns the exit code. */
  private static int tell(Outcome outcome, boolean truthKnown) throws Exception {
    if (outcome instanceof Outcome.Failed failed) {
      Throwables.throwIfInstanceOf(failed.cause(), Exception.class);
      throw new ExecutionException(failed.cause());
    }
    Summary summary = ((Outcome.Done) outcome).summary();
    System.out.print(summary.text());
    if (truthKnown) {
      System.out.print(summary.truthText(Demonstration.truth()));
    }
    return DONE;
  }

  /** Says in a line each what became of the requests of a manifest; returns the exit code. */
  private int tell(List<Outcome> outcomes, Location report) {
    int failures = 0;
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Done done) {
        System.out.println(done.summary().line());
      } else if (outcome instanceof Outcome.Kept kept) {
        System.out.printf("%s: done before: %s%n", kept.request().id(), kept.request().output());
      } else if (outcome instanceof Outcome.Failed failed) {
        failures++;
        System.out.printf(
            "%s: failed: %s%n", failed.request().id(), FailureReason.of(failed.cause()).text());
        if (verbose) {
          failed.cause().printStackTrace();
        }
      }
    }
    System.out.printf(
        "%d of %d done; report in %s%n",
        outcomes.size() - failures, outcomes.size(), report.child(Report.FILE));
    return failures == 0 ? DONE : SOME_FAILED;
  }

  private Optional<Location> report(Optional<ProfileArguments.Wish> profile)
      throws InvalidInputException {
    if (reportDir != null) {
      return Optional.of(OptionCheck.location("--report_dir", reportDir));
    }
    if (profile.isPresent()) {
      return Optional.of(profile.get().folder());
    }
    return manifest == null
        ? Optional.empty()
        : Optional.of(OptionCheck.location("--manifest", manifest).parent());
  }

  private Location stagingRoot(DubRequest request) {
    return tempDir == null ? request.output().parent() : new Location(tempDir);
  }

  /**
   * The requests, none of which is known to be useless.
   *
   * @param alone whether this process is the executor too
   */
  private List<DubRequest> checkedRequests(
      Configuration configuration,
      Optional<Location> report,
      Optional<ProfileArguments.Wish> profile,
      boolean alone)
      throws IOException {
    InputCheck check = new InputCheck(configuration);
    List<DubRequest> requests;
    if (manifest == null) {
      DubRequest request = request();
      check.readable("--video_path", request.video(), false);
      check.readable("--audio_path", request.audio(), false);
      check.video("--video_out_path", request.output());
      requests = List.of(request);
    } else {
      requests = manifestRequests(configuration, check);
    }
    check.models(models());
    check.faces(faces.options());
    check.syncNet(sync.options());
    if (tempDir != null) {
      check.writableFolder("--temp_dir", OptionCheck.location("--temp_dir", tempDir));
    }
    if (profile.isPresent()) {
      check.writableFolder("--profile_dir", profile.get().folder());
    }
    if (report.isPresent() && check.writableFolder("--report_dir", report.get())) {
      check.output("--report_dir", report.get().child(Report.FILE));
      Results.files(report.get()).forEach(file -> check.output("--report_dir", file));
    }
    if (alone) {
      cache.folder().ifPresent(folder -> check.writableFolder("--cache_dir", folder));
    }
    check.finish();
    if (alone && !requests.isEmpty()) {
      GpuShare.requireHere(requests.get(0).rendering().device());
    }
    return requests;
  }

  /** The samples stand in for what the user did not name. */
  private void useSamples(Configuration configuration) throws IOException {
    if (unet == null && !Demonstration.hasModel()) {
      throw new InvalidInputException(
          "--demo: this build has no demonstration model; --inference_ckpt_path must name one");
    }
    if (output == null) {
      output = new Location(DEMO_FOLDER).child("dubbed.mp4").name();
    }
    Location folder = OptionCheck.location("--video_out_path", output).parent();
    if (video == null) {
      video = Demonstration.putClip(folder, configuration).name();
    }
    if (audio == null) {
      audio = Demonstration.putSpeech(folder, configuration).name();
    }
  }

  private DubRequest request() throws InvalidInputException {
    Location source = OptionCheck.location("--video_path", video);
    RenderOptions options = rendering.options(usualBlend());
    sync.requireOther(options.sampling());
    return request(
        source.fileName(),
        source,
        OptionCheck.location("--audio_path", audio),
        OptionCheck.location("--video_out_path", output),
        options);
  }

  private List<DubRequest> manifestRequests(Configuration configuration, InputCheck check)
      throws IOException {
    if (demo || video != null || audio != null || output != null) {
      throw new InvalidInputException(
          "--manifest %s: names the videos itself; --video_path, --audio_path, --video_out_path and"
                  .formatted(manifest)
              + " --demo do not go with it");
    }
    List<DubRequest> requests = new ArrayList<>();
    for (ManifestEntry entry :
        Manifest.read(OptionCheck.location("--manifest", manifest), configuration, check)) {
      places.put(entry.id(), entry.place());
      try {
        RenderOptions own =
            rendering.options(
                usualBlend(), entry.seed(), entry.steps(), entry.guidance(), entry.fps());
        requests.add(request(entry.id(), entry.video(), entry.audio(), entry.output(), own));
      } catch (InvalidInputException e) {
        // A value that is good by itself, but not with the command's other options.
        check.problem(entry.place() + ": " + e.getMessage());
      }
    }
    return requests;
  }

  private DubRequest request(
      String id, Location source, Location speech, Location target, RenderOptions options)
      throws InvalidInputException {
    return new DubRequest(
        id,
        source,
        speech,
        target,
        models(),
        faces.options(),
        options,
        sync.options(),
        segmentFrames);
  }

  /** The named files; the demonstration model if none of a model's is named. */
  private ModelBundle models() throws InvalidInputException {
    String maskName = mask == null ? "" : OptionCheck.location("--mask_image_path", mask).name();
    Precision precision = OptionCheck.oneOf("--dtype", dtype, Precision.values());
    if (unetConfig == null && unet == null && vae == null && whisper == null) {
      ModelBundle model = Demonstration.MODEL;
      return new ModelBundle(
          model.unetConfig(), model.unet(), model.vae(), model.whisper(), maskName, precision);
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
        precision);
  }

  /** The demonstration model does not hold the colours of backgrounds. */
  private Blend usualBlend() throws InvalidInputException {
    return Demonstration.has(models().unet()) ? Blend.SEAMLESS : Blend.REFERENCE;
  }
}
