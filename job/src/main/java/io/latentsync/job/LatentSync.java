package io.latentsync.job;

import io.latentsync.job.cli.LatentSyncCommand;
import io.latentsync.job.cli.ProcessEnd;
import org.apache.spark.SparkUserAppException;

/**
 * The main class: {@code spark-submit --class io.latentsync.job.LatentSync … dub --video_path …}.
 */
public final class LatentSync {
  private LatentSync() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) throws SparkUserAppException {
    ProcessEnd.with(LatentSyncCommand.run(arguments));
  }
}
