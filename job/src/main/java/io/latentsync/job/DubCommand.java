package io.latentsync.job;

import com.google.common.base.Throwables;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.model.ModelBundle;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line: dubs one video. Options carry the original's names. Exit codes: 0 done, 2 the
 * input cannot be used, 1 anything else.
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
public final class DubCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int INVALID_INPUT = 2;
  private static final int LARGEST_SEED = Integer.MAX_VALUE;
  private static final int DEEP_CACHE_INTERVAL = 3;
  private static final String DEMO_FOLDER = "latentsync-demo";

  @Option(
      names = "--demo",
      description =
          "Try it: dubs a sample clip of a synthetic head with a sample speech and the demonstration"
              + " model. The samples are put beside the output, latentsync-demo/dubbed.mp4 if none is"
              + " named. Other options may be given beside it.")
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
      description = "The mp4 to write. Appears when it is complete; replaces a file of that name.")
  private String output;

  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description =
          "The UNet's yaml, such as conf/unet/stage2.yaml. Default, if no checkpoint is given"
              + " either: the demonstration model, which is for synthetic heads only.")
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
      names = "--inference_steps",
      defaultValue = "20",
      paramLabel = "N",
      description = "Denoising steps, 2 to 999. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--guidance_scale",
      defaultValue = "1.0",
      paramLabel = "X",
      description =
          "Weight of the speech, 0 to 100; up to 1.0 no guidance, 1.5 is a good value at twice the"
              + " work. Default: ${DEFAULT-VALUE}.")
  private double guidanceScale;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description =
          "Seed of the noise, 0 to 2147483647; the same seed gives the same video; -1 draws one."
              + " Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--enable_deepcache",
      description = "Run the whole network in every third step only.")
  private boolean deepCache;

  @Option(
      names = "--segment_frames",
      defaultValue = "96",
      paramLabel = "N",
      description =
          "Frames that one task renders, 1 to 100000; made up to whole chunks of 16."
              + " Default: ${DEFAULT-VALUE}.")
  private int segmentFrames;

  @Option(
      names = "--temp_dir",
      paramLabel = "FOLDER",
      description =
          "Where a folder of this run's own is made for its intermediate files, in sight of all"
              + " executors. Default: the output's folder.")
  private String tempDir;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Runs the command and exits. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command and returns its exit code. */
  public static int run(String... arguments) {
    return new CommandLine(new DubCommand())
        .setParameterExceptionHandler(DubCommand::rejectArguments)
        .setExecutionExceptionHandler(DubCommand::explain)
        .execute(arguments);
  }

  private static int rejectArguments(CommandLine.ParameterException e, String[] arguments) {
    e.getCommandLine().getErr().println("dub: " + e.getMessage() + " (--help lists the options)");
    return INVALID_INPUT;
  }

  @Override
  public Integer call() throws IOException {
    boolean truthKnown = demo && audio == null;
    if (demo) {
      useSamples(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
    }
    DubRequest request = request();
    if (Demonstration.has(request.models().unet())) {
      System.err.println(
          "using the demonstration model, which is for synthetic heads; real faces want the"
              + " published checkpoint (--inference_ckpt_path)");
    }
    Location stagingRoot =
        tempDir == null ? request.output().parent() : location("--temp_dir", tempDir);
    SparkConf conf = new SparkConf().setAppName("LatentSync: dub " + video);
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    InputCheck check = new InputCheck(SparkHadoopUtil.get().newConfiguration(conf));
    check.readable("--video_path", request.video(), false);
    check.readable("--audio_path", request.audio(), false);
    check.output("--video_out_path", request.output());
    check.models(request.models());
    check.writableFolder("--temp_dir", stagingRoot);
    check.finish();
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Progress progress = new Progress(spark.sc())) {
      Summary summary = new DubJob(spark, progress).dub(request, stagingRoot);
      System.out.print(summary.text());
      if (truthKnown) {
        System.out.print(summary.truthText(Demonstration.truth()));
      }
    }
    return DONE;
  }

  /** The samples stand in for what the user did not name. */
  private void useSamples(Configuration configuration) throws IOException {
    if (output == null) {
      output = new Location(DEMO_FOLDER).child("dubbed.mp4").name();
    }
    Location folder = location("--video_out_path", output).parent();
    if (video == null) {
      video = Demonstration.putClip(folder, configuration).name();
    }
    if (audio == null) {
      audio = Demonstration.putSpeech(folder, configuration).name();
    }
  }

  private DubRequest request() throws InvalidInputException {
    OptionCheck.requireBetween("--segment_frames", segmentFrames, 1, 100_000);
    OptionCheck.requireBetween("--seed", seed, -1, LARGEST_SEED);
    return new DubRequest(
        location("--video_path", video),
        location("--audio_path", audio),
        location("--video_out_path", output),
        models(),
        sampling(),
        seed == -1 ? new SecureRandom().nextInt(LARGEST_SEED) : seed,
        segmentFrames);
  }

  /** The named files; the demonstration model if none of a model's is named. */
  private ModelBundle models() throws InvalidInputException {
    String maskName = mask == null ? "" : location("--mask_image_path", mask).name();
    if (unetConfig == null && unet == null && vae == null && whisper == null) {
      ModelBundle model = Demonstration.MODEL;
      return new ModelBundle(
          model.unetConfig(), model.unet(), model.vae(), model.whisper(), maskName);
    }
    Location checkpoint = location("--inference_ckpt_path", unet);
    return new ModelBundle(
        location("--unet_config_path", unetConfig).name(),
        checkpoint.name(),
        vae == null
            ? checkpoint.parent().child("sd-vae-ft-mse").name()
            : location("--vae_path", vae).name(),
        whisper == null
            ? checkpoint.parent().child("whisper").child("tiny.pt").name()
            : location("--whisper_path", whisper).name(),
        maskName);
  }

  private SamplerOptions sampling() throws InvalidInputException {
    OptionCheck.requireBetween("--inference_steps", steps, 2, 999);
    OptionCheck.requireBetween("--guidance_scale", guidanceScale, 0, 100);
    return new SamplerOptions(
        steps, guidanceScale, false, Scheduler.Kind.DDIM, deepCache ? DEEP_CACHE_INTERVAL : 0, 0);
  }

  private static Location location(String option, String name) throws InvalidInputException {
    if (name == null) {
      throw new InvalidInputException(
          option + " is missing, but must be a path (--demo tries it with sample files)");
    }
    if (name.isBlank()) {
      throw new InvalidInputException(option + " is empty, but must be a path");
    }
    return new Location(name);
  }

  /** One line that says what is wrong; the stack trace only if asked for. */
  private static int explain(
      Exception error, CommandLine commandLine, CommandLine.ParseResult parsed) {
    if (((DubCommand) commandLine.getCommandSpec().userObject()).verbose) {
      error.printStackTrace(commandLine.getErr());
    }
    // What went wrong on an executor stands behind Spark's own explanations.
    Optional<Throwable> input =
        Throwables.getCausalChain(error).stream().filter(IOException.class::isInstance).findFirst();
    commandLine.getErr().println("dub: " + oneLine(input.orElse(Throwables.getRootCause(error))));
    return input.isPresent() ? INVALID_INPUT : FAILED;
  }

  private static String oneLine(Throwable error) {
    if (error instanceof NoSuchFileException) {
      return error.getMessage() + ": no such file or folder";
    }
    if (error instanceof AccessDeniedException) {
      return error.getMessage() + ": permission denied";
    }
    String message = error instanceof IOException ? error.getMessage() : error.toString();
    return String.valueOf(message).lines().findFirst().orElse("failed");
  }
}
