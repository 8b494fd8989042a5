package io.latentsync.train;

import io.latentsync.job.cli.UserCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of the training, with a sub-command for each stage. A stage that is called again
 * with the same options continues from its saved state; the result equals that of an uninterrupted
 * run.
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
      DecoderCommand.class,
      EvaluateCommand.class
    },
    description =
        "Trains the demonstration model in stages, or a VAE's decoder on the faces of one person.")
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
