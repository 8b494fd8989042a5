package io.latentsync.job.cli;

import com.google.common.base.Throwables;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.text.Printable;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * A command of the command line. It returns an {@link ExitCode}. Each error is printed as one line.
 */
public interface UserCommand extends Callable<Integer> {

  /** Whether to show the stack trace of an error. */
  boolean verbose();

  /** Runs a command and returns its exit code. */
  static int run(UserCommand command, String... arguments) {
    return run(new CommandLine(command), arguments);
  }

  /**
   * Runs a command line, which may have sub-commands, and returns the exit code. Only this method
   * converts failures to exit codes and lines for the user.
   */
  static int run(CommandLine commandLine, String... arguments) {
    // Other programs read the numbers. In some languages Java writes other digits.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    parser(commandLine)
        .setParameterExceptionHandler((error, given) -> explain(error))
        .setExecutionExceptionHandler((error, line, parsed) -> explain(line, error));
    try {
      return commandLine.execute(arguments);
    } catch (Error error) {
      // Picocli's handlers receive exceptions, but not errors.
      CommandLine failed = commandLine;
      while (failed.getParseResult() != null && failed.getParseResult().hasSubcommand()) {
        failed = failed.getParseResult().subcommand().commandSpec().commandLine();
      }
      return explain(failed, error);
    }
  }

  /** Configures the parser and the help, in the same way for all commands. */
  static CommandLine parser(CommandLine commandLine) {
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(commandLine.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionGroup::help);
    return commandLine
        .setHelpSectionMap(sections)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Path.class, UserCommand::path);
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'%s' is not a path: %s".formatted(text, e.getReason()));
    }
  }

  private static int explain(ParameterException error) {
    CommandLine line = error.getCommandLine();
    line.getErr().println(name(line) + ": " + text(error));
    return ExitCode.INVALID_INPUT.code();
  }

  private static String text(ParameterException error) {
    if (error.getArgSpec() instanceof OptionSpec option
        && error.getCause() instanceof TypeConversionException
        && option.auxiliaryTypes()[0] != Path.class) {
      return "%s is %s, but must be %s"
          .formatted(
              option.longestName(),
              Printable.value(error.getValue()),
              validValues(option.auxiliaryTypes()[0]));
    }
    return Printable.line(FailureReason.withoutTypes(error.getMessage()))
        + " (--help lists the options)";
  }

  /** The valid values of an option of a type. */
  private static String validValues(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(Object::toString)
          .collect(Collectors.joining(" or "));
    }
    return type == double.class || type == Double.class ? "a number" : "a whole number";
  }

  /** Prints the error, with the stack trace if requested. Returns the exit code. */
  private static int explain(CommandLine line, Throwable error) {
    FailureReason reason = FailureReason.of(error);
    if (ShutdownHookManager.get().isShutdownInProgress()) {
      // A signal is ending the process and made this command fail.
      return reason.exitCode().code();
    }
    PrintWriter errors = line.getErr();
    if (isVerbose(line)) {
      trace(error).forEach(errors::println);
    }
    InputNames inputs = InputNames.of(line.getParseResult());
    reason.text().lines().forEach(text -> errors.println(name(line) + ": " + inputs.named(text)));
    errors.flush();
    return reason.exitCode().code();
  }

  /**
   * The stack trace of an error. Control characters are escaped, because messages can contain
   * input.
   */
  static Stream<String> trace(Throwable error) {
    return Throwables.getStackTraceAsString(error)
        .lines()
        .map(line -> Printable.line(line.replace("\t", "    ")));
  }

  /** The name of a command. A part of a command has the name of the whole command. */
  private static String name(CommandLine line) {
    return line.getCommand() instanceof UserCommand || line.getParent() == null
        ? line.getCommandName()
        : name(line.getParent());
  }

  private static boolean isVerbose(CommandLine line) {
    return (line.getCommand() instanceof UserCommand command && command.verbose())
        || (line.getParent() != null && isVerbose(line.getParent()));
  }

  /** The configuration of the file systems, with Spark's settings, without starting Spark. */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
