package io.latentsync.job;

import org.apache.spark.SparkUserAppException;

/** The main class of earlier versions; {@link LatentSync} with the command {@code dub}. */
public final class DubCommand {
  private DubCommand() {}

  /** Dubs and ends the process with the exit code. */
  public static void main(String[] arguments) throws SparkUserAppException {
    io.latentsync.job.cli.DubCommand.main(arguments);
  }
}
