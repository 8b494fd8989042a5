package io.latentsync.train;

import io.latentsync.job.cli.UserCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of the training, a sub-command for each of its stages. Called again with the
 * same options a stage goes on where it was; the result is that of a run without a break.
 */
@Command(
    name = "train",
    scope = CommandLine.ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    subcommands = {
      DataCommand.class,
      VaeCommand.class,
      AudioCommand.class,
      UnetCommand.class,
      JudgeCommand.class
    },
    description = "Trains the demonstration model in stages.")
public final class TrainCommand implements UserCommand {
  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Runs the command and returns its exit code. */
  static int run(String... arguments) {
    return UserCommand.run(new CommandLine(new TrainCommand()), arguments);
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "the stage is missing; it must be one of "
            + String.join(", ", spec.subcommands().keySet()));
  }
}
