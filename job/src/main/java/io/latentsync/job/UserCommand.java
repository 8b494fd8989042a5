package io.latentsync.job;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * A command of the command line. Exit codes: 0 done, 2 the input cannot be used, 1 anything else;
 * an error is a line, or a line for each of several.
 */
public interface UserCommand extends Callable<Integer> {
  /** All went well. */
  int DONE = 0;

  /** Something failed that the user has no part in. */
  int FAILED = 1;

  /** What the user gave cannot be used. */
  int INVALID_INPUT = 2;

  /** Whether to show the stack trace of an error. */
  boolean verbose();

  /** Runs a command and returns its exit code. */
  static int run(UserCommand command, String... arguments) {
    return run(command, new CommandLine(command), arguments);
  }

  /**
   * The same with a command line that has sub-commands. This is the one place where a failure of
   * any kind becomes an exit code and lines for the user.
   */
  static int run(UserCommand command, CommandLine commandLine, String... arguments) {
    String name = commandLine.getCommandName();
    PrintWriter errors = commandLine.getErr();
    commandLine
        .registerConverter(Path.class, UserCommand::path)
        .setParameterExceptionHandler(
            (error, given) -> {
              errors.println(
                  "%s: %s (--help lists the options)"
                      .formatted(name, FailureReason.withoutTypes(error.getMessage())));
              return INVALID_INPUT;
            })
        .setExecutionExceptionHandler(
            (error, line, parsed) -> explain(command, error, name, InputNames.of(parsed), errors));
    try {
      return commandLine.execute(arguments);
    } catch (Error error) {
      // The library hands on exceptions alone.
      return explain(command, error, name, InputNames.of(commandLine.getParseResult()), errors);
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'%s' is no path: %s".formatted(text, e.getReason()));
    }
  }

  /** Says what is wrong, the stack trace only if asked for; returns the exit code. */
  private static int explain(
      UserCommand command, Throwable error, String name, InputNames inputs, PrintWriter errors) {
    if (command.verbose()) {
      error.printStackTrace(errors);
    }
    FailureReason reason = FailureReason.of(error);
    reason.text().lines().forEach(line -> errors.println(name + ": " + inputs.named(line)));
    errors.flush();
    return reason.input() ? INVALID_INPUT : FAILED;
  }

  /** How to reach the file systems: as Spark would be told, which is not started. */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
