package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.BatchArguments;
import io.latentsync.job.cli.arguments.ClusterArguments;
import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.arguments.FolderArguments;
import io.latentsync.job.cli.arguments.InputArguments;
import io.latentsync.job.cli.arguments.ProfileArguments;
import io.latentsync.job.cli.arguments.RequestArguments;
import io.latentsync.job.cli.progress.ProgressMode;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.run.Interruption;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkUserAppException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Dubs one video or those of a manifest. The options have the names of the original LatentSync
 * where it has them. Exit codes: 0 success, 1 other failure, 2 unusable input, 3 some requests of a
 * manifest failed, 130 SIGINT, 143 SIGTERM.
 */
@Command(
    name = "dub",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    abbreviateSynopsis = true,
    description =
        "Dubs a talking-head video: re-synthesises the mouth so that the lips follow a new speech"
            + " track. Every path is local or a Hadoop path such as hdfs://… or s3a://….",
    footerHeading = "%nExamples:%n",
    footer = {
      "  Try it with a sample clip and the demonstration model:",
      "    latentsync dub --demo",
      "  Dub one video with the published checkpoints:",
      "    latentsync fetch-checkpoints",
      "    latentsync dub --video_path talk.mp4 --audio_path speech.wav \\",
      "      --video_out_path dubbed.mp4 --guidance_scale 1.5",
      "  See what a night's work would be:",
      "    latentsync dub --manifest nightly.csv --dry_run",
      "  Dub a list of videos; the same command resumes it:",
      "    latentsync dub --unet_config_path conf/unet/stage2.yaml \\",
      "      --inference_ckpt_path checkpoints/latentsync_unet.pt \\",
      "      --manifest nightly.csv"
    })
public final class DubCommand implements UserCommand {
  @Mixin private InputArguments inputs = new InputArguments();

  @Mixin private RequestArguments requests = new RequestArguments();

  @Mixin private BatchArguments batch = new BatchArguments();

  @Mixin private FolderArguments folders = new FolderArguments();

  @Mixin private ProfileArguments profiling = new ProfileArguments();

  @Mixin private ClusterArguments cluster = new ClusterArguments();

  @Option(
      names = "--progress",
      paramLabel = "HOW",
      defaultValue = "auto",
      description =
          "Display of the progress. bar: bars on standard error. plain: lines on standard error, at"
              + " least every 30 s. json: JSON lines on standard output, which then has no other"
              + " text. none: no progress. auto: bar on a terminal, else plain.")
  private ProgressMode progressMode;

  @Option(
      names = "--dry_run",
      description =
          "Dub nothing: check everything, look at the inputs as probe does, and print a table of"
              + " the requests with frames, segments, faces in a sample, share of frames with new"
              + " lips, and time and memory on these executors; then the sums as a JSON object."
              + " With --progress json JSON lines only. Exit code 2 if a request cannot be dubbed.")
  private boolean dryRun;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  /** Runs the command and exits. */
  public static void main(String[] arguments) throws SparkUserAppException {
    ProcessEnd.with(run(arguments));
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
    try (Interruption interruption = Interruption.watch(this::printInterruption)) {
      ExitCode code = dub(interruption);
      return interruption.received().orElse(code).code();
    }
  }

  private void printInterruption() {
    System.err.println(
        profiling.isRequested() || dryRun
            ? "dub: interrupted"
            : "dub: interrupted; the same command continues");
  }

  private ExitCode dub(Interruption interruption) throws Exception {
    if (inputs.isDemonstration()) {
      requests.model().preferDemonstration();
    }
    // First, because a demonstration writes its own inputs.
    requests.requireValid();
    List<DubInputs> all =
        inputs.resolve(requests.model().isNamed(), batch.allowEmpty(), UserCommand.hadoop());
    for (DubInputs work : all) {
      batch.check(work);
    }
    folders.requireDistinct(all);
    boolean alone =
        all.size() == 1 && !(all.get(0) instanceof DubInputs.Listed listed && listed.amongOthers());
    String name = alone ? all.get(0).toString() : inputs.manifest();
    SparkConf conf =
        cluster.conf("LatentSync: dub " + name, requests.rendering().compute().threads());
    folders.addTo(conf);
    DubRun.Arguments arguments =
        new DubRun.Arguments(
            requests, batch, folders, profiling, cluster, progressMode, dryRun, verbose);
    try (SparkApplication spark = new SparkApplication(conf)) {
      DubRun run = new DubRun(arguments, spec.commandLine().getParseResult(), spark, interruption);
      return alone
          ? run.of(all.get(0)).code()
          : new ManifestRuns(run, interruption, progressMode == ProgressMode.JSON, verbose)
              .all(all);
    }
  }
}
