package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.BatchArguments;
import io.latentsync.job.cli.arguments.CheckedRequests;
import io.latentsync.job.cli.arguments.ClusterArguments;
import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.arguments.FolderArguments;
import io.latentsync.job.cli.arguments.InputArguments;
import io.latentsync.job.cli.arguments.ProfileArguments;
import io.latentsync.job.cli.arguments.RequestArguments;
import io.latentsync.job.cli.progress.ProgressMode;
import io.latentsync.job.cli.progress.RunProgress;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.report.Report;
import io.latentsync.job.report.ResultsTable;
import io.latentsync.job.report.Stills;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.run.Batch;
import io.latentsync.job.run.Interruption;
import io.latentsync.job.run.Outcome;
import io.latentsync.job.run.ProfileResult;
import io.latentsync.job.run.ProfiledRuns;
import io.latentsync.job.run.Results;
import io.latentsync.job.run.RunDescription;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.StagePools;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.RunningTasks;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RunResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  @Spec private CommandSpec spec;

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
    try (Interruption interruption = Interruption.watch(this::printInterruption)) {
      ExitCode code = dub(interruption);
      return interruption.received().orElse(code).code();
    }
  }

  private void printInterruption() {
    System.err.println(
        profiling.isRequested()
            ? "dub: interrupted"
            : "dub: interrupted; the same command continues");
  }

  private ExitCode dub(Interruption interruption) throws Exception {
    if (inputs.isDemonstration()) {
      requests.model().preferDemonstration();
    }
    DubInputs work = inputs.resolve(requests.model().isNamed(), UserCommand.hadoop());
    batch.check(work);
    Optional<ProfileRequest> profile = profiling.request(work, folders.keepStaging());
    SparkConf conf = cluster.conf("LatentSync: dub " + work, requests.rendering().threads());
    folders.addTo(conf);
    Configuration configuration = SparkHadoopUtil.get().newConfiguration(conf);
    Optional<Location> report = folders.report(work, profile);
    CheckedRequests checked = check(work, report, profile, configuration, GpuShare.isLocal(conf));
    requests.model().notice().ifPresent(System.err::println);
    Results results =
        work instanceof DubInputs.Listed
            ? Results.resumed(report.orElseThrow(), configuration)
            : Results.fresh(report, configuration);
    List<DubRequest> selected = batch.select(checked.requests(), results);
    RunProgress progress = new RunProgress(progressMode);
    RowNames names = new RowNames(checked.places(), spec.commandLine().getParseResult());
    OutcomePrinter printer = new OutcomePrinter(work, progress, selected.size(), verbose);
    Consumer<Outcome> ended = outcome -> printer.ended(names.named(outcome));
    RunDescription description =
        RunDescription.begin(BuildVersion.number(), options(), requests.model().bundle());
    try (JavaSparkContext spark = StagePools.start(conf)) {
      spark.sc().uiWebUrl().foreach(DubCommand::printUi);
      ProfileResult result =
          interruption.stoppable(
              () -> {
                try (Progress stages = new Progress(spark.sc(), progress)) {
                  return dub(selected, profile, new Run(spark, stages, results, ended));
                }
              });
      List<Outcome> outcomes =
          batch.withSkipped(
              checked.requests(), result.outcomes().stream().map(names::named).toList());
      RunResult run = description.end(spark);
      List<RequestResult> rows = results.finish(outcomes, run);
      if (folders.resultsTable().isPresent()) {
        ResultsTable.append(rows, run, folders.resultsTable().get(), configuration);
      }
      if (report.isPresent()) {
        Map<String, Stills> stills =
            interruption.received().isPresent() ? Map.of() : Stills.of(rows, spark);
        Report.write(rows, run, stills, result.page(), report.get(), configuration);
      }
      if (!progress.isJson()) {
        System.out.print(result.text());
      }
      if (interruption.received().isPresent()) {
        RunningTasks.stop();
      }
      ExitCode code = interruption.received().orElse(batch.code(outcomes));
      printer.finish(outcomes, report, code);
      return code;
    }
  }

  private static Void printUi(String address) {
    System.err.println("Spark UI: " + address);
    return null;
  }

  /** The options of the command line; flags have no value. */
  private List<String> options() {
    return spec.commandLine().getParseResult().matchedOptions().stream()
        .map(
            option ->
                option.typeInfo().isBoolean()
                    ? option.longestName()
                    : option.longestName() + "=" + String.join(",", option.originalStringValues()))
        .toList();
  }

  /**
   * Checks the inputs, outputs and options.
   *
   * @param alone whether this process is also the executor
   */
  private CheckedRequests check(
      DubInputs work,
      Optional<Location> report,
      Optional<ProfileRequest> profile,
      Configuration configuration,
      boolean alone)
      throws IOException {
    InputCheck check = new InputCheck(configuration);
    CheckedRequests checked = requests.of(work, configuration, check, batch.allowEmpty());
    folders.check(
        check,
        report,
        profile,
        alone ? LocalFolder.Access.OWNER : LocalFolder.Access.GROUP,
        configuration);
    if (alone) {
      cluster.check(check);
    }
    check.finish();
    if (work instanceof DubInputs.Listed) {
      requests.model().requireExplicit();
    }
    if (alone && !checked.requests().isEmpty()) {
      GpuShare.requireHere(checked.requests().get(0).rendering().device());
    }
    return checked;
  }

  /** The objects of a run. */
  private record Run(
      JavaSparkContext spark, Progress progress, Results results, Consumer<Outcome> ended) {}

  private ProfileResult dub(List<DubRequest> checked, Optional<ProfileRequest> profile, Run run)
      throws IOException {
    if (profile.isPresent()) {
      DubRequest request = checked.get(0);
      return new ProfiledRuns(run.spark(), run.progress(), run.results(), profile.get())
          .dub(request, folders.stagingRoot(request));
    }
    return ProfileResult.unmeasured(
        new Batch(run.spark(), run.progress(), run.results(), folders.keepStaging())
            .dub(checked, folders::stagingRoot, run.ended()));
  }
}
