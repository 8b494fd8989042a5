package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.report.Report;
import io.latentsync.job.report.ResultsTable;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.run.ProfiledRuns;
import io.latentsync.job.run.Results;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** The options of the folders for reports and intermediate files. */
public final class FolderArguments {
  @Option(
      names = "--report_dir",
      paramLabel = "FOLDER",
      description =
          "Folder for report.html, results.json, results.jsonl and results.avro, which hold the result of each"
              + " request. A request that results.avro marks as done is skipped as long as its"
              + " files and options are unchanged. Default: the manifest's folder; no report"
              + " without a manifest or --profile.")
  private String reportDir;

  @Option(
      names = "--results_table",
      paramLabel = "FOLDER",
      description =
          "Folder of Parquet files to which each run adds one, with a row for each request, the id"
              + " and the times of the run. Spark SQL reads the folder as a table, so that runs can"
              + " be compared.")
  private String resultsTable;

  @Option(
      names = "--temp_dir",
      paramLabel = "FOLDER",
      description =
          "Folder in which a run creates its staging folder; all executors must reach it. A failed"
              + " or killed run leaves the detected faces and finished segments there, and the same"
              + " command resumes from them. A successful run leaves nothing. Default: the"
              + " output's folder.")
  private String tempDir;

  @Option(
      names = "--keep_staging",
      description =
          "Keep the staging folder of a successful run. The same command then puts the video"
              + " together again without rendering.")
  private boolean keepStaging;

  public boolean keepStaging() {
    return keepStaging;
  }

  /** The folder in which a request's staging folder is created. */
  public Location stagingRoot(DubRequest request) {
    return tempDir == null ? request.output().parent() : new Location(tempDir);
  }

  /**
   * The folder of the report.
   *
   * @param inputs the inputs; a manifest's report is written next to the manifest
   * @param profile the profile; its report is written into its folder
   * @return empty if there is no report
   */
  public Optional<Location> report(DubInputs inputs, Optional<ProfileRequest> profile)
      throws InvalidInputException {
    if (reportDir != null) {
      return Optional.of(OptionCheck.location("--report_dir", reportDir));
    }
    if (inputs instanceof DubInputs.Listed listed) {
      return Optional.of(listed.manifest().parent());
    }
    return profile.map(ProfileRequest::folder);
  }

  /** The folder of the table of all runs' results. */
  public Optional<Location> resultsTable() throws InvalidInputException {
    return resultsTable == null
        ? Optional.empty()
        : Optional.of(OptionCheck.location("--results_table", resultsTable));
  }

  private static void requireSafe(InputCheck check, Location folder) throws IOException {
    try {
      LocalFolder.requireSafe(folder.localPath(), "--temp_dir");
    } catch (InvalidInputException e) {
      check.problem("--temp_dir " + e.getMessage());
    }
  }

  /** Adds the problems of the folders to a check. */
  public void check(
      InputCheck check,
      Optional<Location> report,
      Optional<ProfileRequest> profile,
      Configuration configuration)
      throws IOException {
    if (resultsTable().isPresent()) {
      ResultsTable.check(check, resultsTable().get(), configuration);
    }
    if (tempDir != null) {
      Location folder = OptionCheck.location("--temp_dir", tempDir);
      if (check.writableFolder("--temp_dir", folder) && folder.isLocal()) {
        requireSafe(check, folder);
      }
    }
    if (profile.isPresent() && check.writableFolder("--profile_dir", profile.get().folder())) {
      ProfiledRuns.files(profile.get().folder())
          .forEach(file -> check.output("--profile_dir", file));
    }
    if (report.isPresent() && check.writableFolder("--report_dir", report.get())) {
      check.output("--report_dir", report.get().child(Report.FILE));
      Results.files(report.get()).forEach(file -> check.output("--report_dir", file));
    }
  }
}
