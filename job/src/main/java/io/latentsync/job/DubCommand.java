package io.latentsync.job;

/** The main class of earlier versions; {@link LatentSync} with the command {@code dub}. */
public final class DubCommand {
  private DubCommand() {}

  /** Dubs and ends the process with the exit code. */
  public static void main(String[] arguments) {
    io.latentsync.job.cli.DubCommand.main(arguments);
  }
}
