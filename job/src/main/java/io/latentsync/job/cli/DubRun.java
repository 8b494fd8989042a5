package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.BatchArguments;
import io.latentsync.job.cli.arguments.CheckedRequests;
import io.latentsync.job.cli.arguments.ClusterArguments;
import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.arguments.FolderArguments;
import io.latentsync.job.cli.arguments.ProfileArguments;
import io.latentsync.job.cli.arguments.RequestArguments;
import io.latentsync.job.cli.probe.DryRun;
import io.latentsync.job.cli.progress.JsonLine;
import io.latentsync.job.cli.progress.ProgressMode;
import io.latentsync.job.cli.progress.RunProgress;
import io.latentsync.job.edit.OutputSound;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.report.Report;
import io.latentsync.job.report.ResultsTable;
import io.latentsync.job.report.Stills;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.result.RunDescription;
import io.latentsync.job.run.Batch;
import io.latentsync.job.run.Interruption;
import io.latentsync.job.run.ProfileResult;
import io.latentsync.job.run.ProfiledRuns;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.RunningTasks;
import io.latentsync.record.RequestResult;
import io.latentsync.record.RunResult;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.ParseResult;

/** Runs one video or one manifest: checks it, dubs it, and writes results and report. */
final class DubRun {
  /** Options with paths that executors open. */
  private static final List<String> PATHS_OF_TASKS =
      List.of(
          "--video_path",
          "--audio_path",
          "--video_out_path",
          "--unet_config_path",
          "--inference_ckpt_path",
          "--vae_path",
          "--whisper_path",
          "--mask_image_path",
          "--syncnet_path",
          "--face_models",
          "--sound",
          "--c2pa_manifest",
          "--temp_dir",
          "--segment_cache");

  private final Arguments arguments;
  private final ParseResult parsed;
  private final SparkApplication spark;
  private final Interruption interruption;
  private boolean noticed;

  /** The command's options, except for those that name the inputs. */
  record Arguments(
      RequestArguments requests,
      BatchArguments batch,
      FolderArguments folders,
      ProfileArguments profiling,
      ClusterArguments cluster,
      ProgressMode progressMode,
      boolean dryRun,
      boolean verbose) {}

  /**
   * How a run has ended.
   *
   * @param before whether there was nothing to do, as earlier runs had finished all requests
   */
  record Ended(ExitCode code, boolean before) {}

  /**
   * Runs to come.
   *
   * @param parsed the command line
   * @param spark of all runs
   */
  DubRun(
      Arguments arguments, ParseResult parsed, SparkApplication spark, Interruption interruption) {
    this.arguments = arguments;
    this.parsed = parsed;
    this.spark = spark;
    this.interruption = interruption;
  }

  /**
   * Runs a video or a manifest.
   *
   * @throws Exception if an input or option is wrong, or what the only request failed with
   */
  Ended of(DubInputs work) throws Exception {
    if (!spark.isLocal()) {
      requireAbsolutePaths();
    }
    Optional<ProfileRequest> profile =
        arguments.profiling().request(work, arguments.folders().keepStaging());
    Configuration configuration = spark.configuration();
    Optional<Location> report = arguments.folders().report(work, profile, configuration);
    CheckedRequests checked = check(work, report, profile, configuration);
    notice();
    Results results =
        work instanceof DubInputs.Listed
            ? Results.resumed(report.orElseThrow(), configuration)
            : Results.fresh(report, configuration);
    List<DubRequest> selected = arguments.batch().select(checked.requests(), results);
    if (arguments.dryRun()) {
      return new Ended(preview(work, checked, selected, results), false);
    }
    if (work instanceof DubInputs.Listed listed
        && listed.amongOthers()
        && selected.size() == checked.requests().size()
        && !selected.isEmpty()
        && results.isFinished(selected)) {
      sayFinished(listed, selected.size(), report);
      return new Ended(ExitCode.DONE, true);
    }
    return new Ended(dub(work, checked, selected, profile, results, report), false);
  }

  /**
   * On a cluster each executor has a working directory of its own.
   *
   * @throws InvalidInputException if an option names a relative path that tasks use
   */
  private void requireAbsolutePaths() throws InvalidInputException {
    for (String option : PATHS_OF_TASKS) {
      if (parsed.hasMatchedOption(option)) {
        for (String value : parsed.matchedOption(option).originalStringValues()) {
          boolean isPath = !option.equals("--sound") || !value.equals(OutputSound.MIXED);
          if (isPath && !OptionCheck.location(option, value).isAbsolute()) {
            throw new InvalidInputException(
                "%s %s: is a relative path, but must be absolute, or a URL, on a cluster, because each"
                        .formatted(option, Printable.value(value))
                    + " executor has a working directory of its own");
          }
        }
      }
    }
  }

  /** Once for all runs. */
  private void notice() throws IOException {
    if (!noticed) {
      arguments.requests().model().notice().ifPresent(System.err::println);
      noticed = true;
    }
  }

  private void sayFinished(DubInputs.Listed listed, int requests, Optional<Location> report) {
    if (arguments.progressMode() != ProgressMode.JSON) {
      System.out.printf("%d of %d done before; skipped%n", requests, requests);
    }
    System.out.println(
        new JsonLine.RunEnd(
                "end",
                JsonLine.now(),
                listed.manifest().name(),
                requests,
                0,
                requests,
                0,
                0,
                0,
                JsonLine.rounded(0),
                ExitCode.DONE.code(),
                report.map(folder -> folder.child(Report.FILE).name()).orElse(null))
            .text());
  }

  private ExitCode dub(
      DubInputs work,
      CheckedRequests checked,
      List<DubRequest> selected,
      Optional<ProfileRequest> profile,
      Results results,
      Optional<Location> report)
      throws Exception {
    RunProgress progress = new RunProgress(arguments.progressMode());
    RowNames names = new RowNames(checked.places(), parsed);
    OutcomePrinter printer =
        new OutcomePrinter(work, progress, selected.size(), arguments.verbose());
    Consumer<Outcome> ended = outcome -> printer.ended(names.named(outcome));
    RunDescription description =
        RunDescription.begin(
            BuildVersion.number(), options(), arguments.requests().model().bundle());
    JavaSparkContext context = spark.running();
    ProfileResult result =
        interruption.stoppable(
            () -> {
              try (Progress stages = new Progress(context.sc(), progress)) {
                return dub(selected, profile, new Run(context, stages, results, ended));
              }
            });
    List<Outcome> outcomes =
        arguments
            .batch()
            .withSkipped(checked.requests(), result.outcomes().stream().map(names::named).toList());
    RunResult run = description.end(context);
    Configuration configuration = spark.configuration();
    List<RequestResult> rows = results.finish(outcomes, run);
    Optional<Location> table = arguments.folders().resultsTable();
    if (table.isPresent()) {
      ResultsTable.append(rows, run, table.get(), configuration);
    }
    if (report.isPresent()) {
      boolean stopped = interruption.received().isPresent() || context.sc().isStopped();
      Map<String, Stills> stills = stopped ? Map.of() : Stills.of(rows, context);
      Report.write(rows, run, stills, result.page(), report.get(), configuration);
    }
    if (!progress.isJson()) {
      System.out.print(result.text());
    }
    if (interruption.received().isPresent()) {
      RunningTasks.stop();
    }
    ExitCode code = interruption.received().orElse(arguments.batch().code(outcomes));
    printer.finish(outcomes, report, code);
    return code;
  }

  /** What a run needs. */
  private record Run(
      JavaSparkContext spark, Progress progress, Results results, Consumer<Outcome> ended) {}

  private ProfileResult dub(List<DubRequest> selected, Optional<ProfileRequest> profile, Run run)
      throws IOException {
    FolderArguments folders = arguments.folders();
    if (profile.isPresent()) {
      DubRequest request = selected.get(0);
      return new ProfiledRuns(run.spark(), run.progress(), run.results(), profile.get())
          .dub(request, folders.stagingRoot(request));
    }
    return ProfileResult.unmeasured(
        new Batch(run.spark(), run.progress(), run.results(), folders.keepStaging())
            .dub(selected, folders::stagingRoot, run.ended()));
  }

  private ExitCode preview(
      DubInputs work, CheckedRequests checked, List<DubRequest> selected, Results results)
      throws Exception {
    RunProgress progress = new RunProgress(arguments.progressMode());
    DryRunPrinter printer =
        new DryRunPrinter(work, progress.isJson(), new RowNames(checked.places(), parsed));
    if (selected.isEmpty()) {
      return printer.printNothing();
    }
    JavaSparkContext context = spark.running();
    try {
      DryRun.Result result =
          interruption.stoppable(
              () -> {
                try (Progress stages = new Progress(context.sc(), progress)) {
                  return new DryRun(context, stages, results).of(selected);
                }
              });
      return printer.print(selected, result);
    } catch (Exception e) {
      if (interruption.received().isEmpty()) {
        throw e;
      }
      context.sc().cancelAllJobs();
      RunningTasks.stop();
      return interruption.received().get();
    }
  }

  /** The options as they were given; flags have no value. */
  private List<String> options() {
    return parsed.matchedOptions().stream()
        .map(
            option ->
                option.typeInfo().isBoolean()
                    ? option.longestName()
                    : option.longestName() + "=" + String.join(",", option.originalStringValues()))
        .toList();
  }

  /** The requests, none of which is known to be useless. */
  private CheckedRequests check(
      DubInputs work,
      Optional<Location> report,
      Optional<ProfileRequest> profile,
      Configuration configuration)
      throws IOException {
    InputCheck check = new InputCheck(configuration, !arguments.dryRun());
    CheckedRequests checked =
        arguments.requests().of(work, configuration, check, arguments.batch().allowEmpty());
    arguments
        .folders()
        .check(
            check,
            report,
            profile,
            spark.isLocal() ? LocalFolder.Access.OWNER : LocalFolder.Access.GROUP,
            configuration);
    if (spark.isLocal()) {
      arguments.cluster().check(check);
      arguments.requests().finishing().check(check);
    }
    check.finish();
    if (work instanceof DubInputs.Listed) {
      arguments.requests().model().requireExplicit();
    }
    if (spark.isLocal() && !checked.requests().isEmpty()) {
      GpuShare.requireHere(checked.requests().get(0).rendering().compute().device());
    }
    return checked;
  }
}
