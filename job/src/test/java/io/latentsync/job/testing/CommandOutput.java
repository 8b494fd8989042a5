package io.latentsync.job.testing;

import io.latentsync.job.cli.UserCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The output of a command.
 *
 * @param code its exit code
 * @param out its standard output
 * @param errors its error lines, without the progress bar's
 */
public record CommandOutput(int code, String out, List<String> errors) {

  /** Runs a command of a name. */
  public static CommandOutput of(String name, UserCommand command, String... arguments) {
    return of(name, () -> UserCommand.run(command, arguments));
  }

  /**
   * Runs a command of a name.
   *
   * @param command returns the exit code
   */
  public static CommandOutput of(String name, IntSupplier command) {
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int code = command.getAsInt();
      return new CommandOutput(
          code,
          out.toString(StandardCharsets.UTF_8),
          err.toString(StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.startsWith(name + ": "))
              .toList());
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }
}
