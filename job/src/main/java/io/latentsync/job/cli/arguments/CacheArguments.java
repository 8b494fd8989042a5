package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.InputCache;
import io.latentsync.job.storage.Location;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Option;

/** The options of the input cache on each node. */
public final class CacheArguments {
  /** Spark passes settings with this prefix to Hadoop, on the driver and on the executors. */
  static final String HADOOP = "spark.hadoop.";

  /** A size in bytes. */
  static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,5}[kmgtKMGT]");

  @Option(
      names = "--cache_dir",
      paramLabel = "FOLDER",
      description =
          "A local folder on each node for copies of checkpoints, videos and speech from other"
              + " file systems. All executors of the node share a copy. A file is copied again if its"
              + " length or modification time has changed. Local files are not copied. Default:"
              + " latentsync-cache-USER in the JVM's temporary folder.")
  private String folder;

  @Option(
      names = "--cache_size",
      paramLabel = "SIZE",
      description =
          "Size limit of --cache_dir, such as 500m or 20g. The least recently used copies are"
              + " deleted first, copies in use never. If an input does not fit, or with 0, each task"
              + " makes its own copy. Default: 20g.")
  private String size;

  /**
   * Passes the options to the executors.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  void addTo(SparkConf conf) throws InvalidInputException {
    Optional<Location> chosen = folder();
    if (chosen.isPresent()) {
      conf.set(HADOOP + InputCache.FOLDER, chosen.get().localPath().toString());
    }
    if (size != null) {
      if (!SIZE.matcher(size).matches()) {
        throw new InvalidInputException(
            "--cache_size is %s, but must be a size such as 500m or 20g, or 0".formatted(size));
      }
      conf.set(HADOOP + InputCache.SIZE, size);
    }
  }

  /**
   * The chosen folder; empty for the default.
   *
   * @throws InvalidInputException if it is not a local folder
   */
  Optional<Location> folder() throws InvalidInputException {
    if (folder == null) {
      return Optional.empty();
    }
    if (folder.isBlank() || !new Location(folder).isLocal()) {
      throw new InvalidInputException(
          "--cache_dir is %s, but must be a local folder, such as /var/tmp/latentsync-cache"
              .formatted(folder));
    }
    return Optional.of(new Location(folder));
  }
}
