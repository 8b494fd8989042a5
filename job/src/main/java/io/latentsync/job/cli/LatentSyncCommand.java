package io.latentsync.job.cli;

import java.util.ServiceLoader;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main command with its sub-commands. */
@Command(
    name = "latentsync",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    usageHelpAutoWidth = true,
    subcommands = {
      DubCommand.class,
      ProbeCommand.class,
      EvalCommand.class,
      CheckModelCommand.class,
      FetchCheckpointsCommand.class,
      GenerateCompletion.class
    },
    description = "LatentSync for Spark: dubs talking-head videos.")
public final class LatentSyncCommand implements UserCommand {
  @Spec private CommandSpec spec;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Runs the command and returns its exit code. */
  public static int run(String... arguments) {
    CommandLine line = new CommandLine(new LatentSyncCommand());
    // Other modules on the class path add commands, such as train.
    ServiceLoader.load(UserCommand.class).forEach(line::addSubcommand);
    return UserCommand.run(line, arguments);
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "the command is missing; it must be one of "
            + String.join(", ", spec.subcommands().keySet()));
  }
}
