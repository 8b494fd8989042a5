package io.latentsync.job;

import com.google.common.base.Throwables;
import io.latentsync.model.ModelBundle;
import io.latentsync.model.Precision;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
  private static final String DEMO_FOLDER = "latentsync-demo";

  @Option(
      names = "--demo",
      hidden = true, // until a model that is worth a look comes with the program
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
              + " executors. However the run ends, only finished segments are left, and none after"
              + " success; the same command goes on from them. Default: the output's folder.")
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
    // All cores are busy, whether with many tasks or with many threads in a task.
    int tasks = Runtime.getRuntime().availableProcessors() / request.rendering().threads();
    conf.setIfMissing("spark.master", "local[" + Math.max(1, tasks) + "]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    conf.setIfMissing("spark.metrics.namespace", "latentsync");
    MetricsPlugin.addTo(conf);
    new InputCheck(SparkHadoopUtil.get().newConfiguration(conf)).check(request, stagingRoot);
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
    if (unet == null && !Demonstration.hasModel()) {
      throw new InvalidInputException(
          "--demo: this build has no demonstration model; --inference_ckpt_path must name one");
    }
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
    return new DubRequest(
        location("--video_path", video),
        location("--audio_path", audio),
        location("--video_out_path", output),
        models(),
        faces.options(),
        rendering.options(),
        segmentFrames);
  }

  /** The named files; the demonstration model if none of a model's is named. */
  private ModelBundle models() throws InvalidInputException {
    String maskName = mask == null ? "" : location("--mask_image_path", mask).name();
    Precision precision = OptionCheck.oneOf("--dtype", dtype, Precision.values());
    if (unetConfig == null && unet == null && vae == null && whisper == null) {
      ModelBundle model = Demonstration.MODEL;
      return new ModelBundle(
          model.unetConfig(), model.unet(), model.vae(), model.whisper(), maskName, precision);
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
        maskName,
        precision);
  }

  private static Location location(String option, String name) throws InvalidInputException {
    if (name == null) {
      throw new InvalidInputException(option + " is missing, but must be a path");
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
