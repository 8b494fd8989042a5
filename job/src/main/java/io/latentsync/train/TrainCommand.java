package io.latentsync.train;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
    description = "Trains the demonstration model, a stage after the other:")
public final class TrainCommand implements Runnable {
  private static final int INVALID_INPUT = 2;

  @Spec private CommandSpec spec;

  /** Runs the command and exits. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command and returns its exit code. */
  static int run(String... arguments) {
    return new CommandLine(new TrainCommand())
        .addSubcommand(new DataCommand())
        .addSubcommand(new VaeCommand())
        .addSubcommand(new AudioCommand())
        .addSubcommand(new UnetCommand())
        .addSubcommand(new JudgeCommand())
        .setExecutionExceptionHandler(TrainCommand::explain)
        .execute(arguments);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "the stage is missing; it must be one of "
            + String.join(", ", spec.subcommands().keySet()));
  }

  /** One line for what the user can mend; the stack trace for everything else. */
  private static int explain(
      Exception error, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (error instanceof IOException || error instanceof IllegalArgumentException) {
      commandLine.getErr().println("train: " + error.getMessage());
      return INVALID_INPUT;
    }
    throw error;
  }
}
