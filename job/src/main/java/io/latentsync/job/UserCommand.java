package io.latentsync.job;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;

/**
 * A command that needs no cluster. Exit codes: 0 done, 2 the input cannot be used, 1 anything else;
 * an error is one line.
 */
interface UserCommand extends Callable<Integer> {
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
    CommandLine commandLine = new CommandLine(command);
    String name = commandLine.getCommandName();
    PrintWriter errors = commandLine.getErr();
    return commandLine
        .setParameterExceptionHandler(
            (error, given) -> {
              errors.println(name + ": " + error.getMessage() + " (--help lists the options)");
              return INVALID_INPUT;
            })
        .setExecutionExceptionHandler(
            (error, line, parsed) -> {
              if (command.verbose()) {
                error.printStackTrace(errors);
              }
              FailureReason reason = FailureReason.of(error);
              errors.println(name + ": " + reason.text());
              return reason.input() ? INVALID_INPUT : FAILED;
            })
        .execute(arguments);
  }

  /**
   * A path that the user named.
   *
   * @throws InvalidInputException naming the option if it is empty
   */
  static Location location(String option, String name) throws InvalidInputException {
    if (name.isBlank()) {
      throw new InvalidInputException(option + " is empty, but must be a path");
    }
    return new Location(name);
  }

  /** How to reach the file systems: as Spark would be told, which is not started. */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
