package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.report.Report;
import io.latentsync.job.report.ResultsTable;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.result.Results;
import io.latentsync.job.run.ProfiledRuns;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;

/** The options of the folders for reports and intermediate files. */
public final class FolderArguments {
  @Option(
      names = "--report_dir",
      paramLabel = "FOLDER",
      description =
          "Folder for report.html, results.json, results.jsonl and results.avro, which contain the"
              + " result of each request. A request that is done according to results.avro is"
              + " skipped if its files and options are unchanged. Of several manifests, each has a"
              + " folder of its name in it. Default: the manifest's folder, or MANIFEST.results next"
              + " to each of several manifests; no report without a manifest or --profile.")
  private String reportDir;

  @Option(
      names = "--results_table",
      paramLabel = "FOLDER",
      description =
          "Folder to which each run adds a Parquet file with a row for each request and with the"
              + " id and the times of the run. Spark SQL reads the folder as a table and can compare"
              + " runs.")
  private String resultsTable;

  @Option(
      names = "--temp_dir",
      paramLabel = "FOLDER",
      description =
          "Folder in which a run creates its staging folder; all executors need access to it. A"
              + " failed or killed run leaves the detected faces and finished segments there, and"
              + " the same command resumes from them. A successful run deletes its staging folder."
              + " Default: the output's folder.")
  private String tempDir;

  @Option(
      names = "--keep_staging",
      description =
          "Keep the staging folder of a successful run, and its segments for --segment_cache in the"
              + " hidden folder .latentsync-segments next to it. The same command can then write the"
              + " output again without rendering; with another speech it renders only the segments"
              + " that differ.")
  private boolean keepStaging;

  @Option(
      names = "--segment_cache",
      paramLabel = "FOLDER",
      description =
          "Folder of rendered segments that later runs reuse; all executors need access to it. If a"
              + " part of the speech has changed, a run renders only the segments whose audio"
              + " windows contain it; the output is the same as without this option. Runs at the"
              + " same time can share the folder. Default: none.")
  private String segmentCache;

  @Option(
      names = "--segment_cache_size",
      paramLabel = "SIZE",
      description =
          "Size limit of --segment_cache, such as 500m or 20g. The least recently used segments are"
              + " deleted first. Default: 20g.")
  private String segmentCacheSize;

  public boolean keepStaging() {
    return keepStaging;
  }

  /**
   * Passes the options to the executors.
   *
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  public void addTo(SparkConf conf) throws InvalidInputException {
    if (segmentCache != null) {
      Location folder = OptionCheck.location("--segment_cache", segmentCache);
      conf.set(CacheArguments.HADOOP + SegmentCache.FOLDER, folder.normalized().name());
    } else if (keepStaging) {
      conf.set(CacheArguments.HADOOP + SegmentCache.FOLDER, SegmentCache.HIDDEN);
    }
    if (segmentCacheSize != null) {
      if (segmentCache == null && !keepStaging) {
        throw new InvalidInputException(
            "--segment_cache_size is %s, but must come with --segment_cache or --keep_staging"
                .formatted(Printable.value(segmentCacheSize)));
      }
      if (!CacheArguments.SIZE.matcher(segmentCacheSize).matches()
          || segmentCacheSize.equals("0")) {
        throw new InvalidInputException(
            "--segment_cache_size is %s, but must be a size such as 500m or 20g"
                .formatted(Printable.value(segmentCacheSize)));
      }
      conf.set(CacheArguments.HADOOP + SegmentCache.SIZE, segmentCacheSize);
    }
  }

  /** The folder in which a request's staging folder is created. */
  public Location stagingRoot(DubRequest request) {
    return tempDir == null ? request.output().parent() : new Location(tempDir);
  }

  /**
   * The folder of the report.
   *
   * @param inputs the inputs; a manifest's report is written next to the manifest, or into a folder
   *     next to it if another manifest's results are there; of several manifests, each has a folder
   * @param profile the profile; its report is written into its folder
   * @return empty if there is no report
   */
  public Optional<Location> report(
      DubInputs inputs, Optional<ProfileRequest> profile, Configuration configuration)
      throws IOException {
    if (reportDir == null
        && inputs instanceof DubInputs.Listed listed
        && !listed.amongOthers()
        && Results.areOfAnother(listed.manifest(), listed.results(), configuration)) {
      return Optional.of(listed.apart());
    }
    return report(inputs, profile);
  }

  private Optional<Location> report(DubInputs inputs, Optional<ProfileRequest> profile)
      throws InvalidInputException {
    if (reportDir != null) {
      Location folder = OptionCheck.location("--report_dir", reportDir);
      return Optional.of(
          inputs instanceof DubInputs.Listed listed && listed.amongOthers()
              ? folder.child(listed.manifest().fileName())
              : folder);
    }
    if (inputs instanceof DubInputs.Listed listed) {
      return Optional.of(listed.results());
    }
    return profile.map(ProfileRequest::folder);
  }

  /**
   * Refuses manifests that would write into the same folder.
   *
   * @throws InvalidInputException naming two of them
   */
  public void requireDistinct(List<DubInputs> inputs) throws InvalidInputException {
    Map<Location, DubInputs> folders = new HashMap<>();
    for (DubInputs input : inputs) {
      Optional<Location> folder = report(input, Optional.empty()).map(Location::normalized);
      DubInputs other = folder.isPresent() ? folders.putIfAbsent(folder.get(), input) : null;
      if (other != null) {
        throw new InvalidInputException(
            "--report_dir is %s, but %s and %s have the same name; leave --report_dir out, or rename one"
                .formatted(Printable.value(reportDir), other, input));
      }
    }
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

  private static void requireOwn(
      InputCheck check, Location folder, LocalFolder.Access access, Configuration configuration)
      throws IOException {
    try {
      // Before it is tried, because that would create it for other users, too.
      if (check.createsFolders() || folder.exists(configuration)) {
        SegmentCache.of(folder, configuration).orElseThrow().claim(access);
      }
      check.writableFolder("--segment_cache", folder);
    } catch (InvalidInputException e) {
      check.problem("--segment_cache " + e.getMessage());
    } catch (IOException e) {
      check.problem(
          "--segment_cache: the folder %s cannot be written to: %s"
              .formatted(folder, FailureReason.withoutFile(e)),
          e);
    }
  }

  /**
   * Adds the problems of the folders to a check.
   *
   * @param access users of the folder of segments
   */
  public void check(
      InputCheck check,
      Optional<Location> report,
      Optional<ProfileRequest> profile,
      LocalFolder.Access access,
      Configuration configuration)
      throws IOException {
    if (segmentCache != null) {
      if (profile.isPresent()) {
        check.problem(
            "--segment_cache does not go with --profile, which renders everything in every run");
      }
      requireOwn(check, new Location(segmentCache).normalized(), access, configuration);
    }
    if (resultsTable().isPresent()) {
      ResultsTable.check(check, resultsTable().get(), configuration);
    }
    if (tempDir != null) {
      Location folder = OptionCheck.location("--temp_dir", tempDir);
      if (check.writableFolder("--temp_dir", folder)
          && folder.isLocal()
          && folder.exists(configuration)) {
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
