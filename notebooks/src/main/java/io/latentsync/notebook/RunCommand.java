package io.latentsync.notebook;

import io.latentsync.job.cli.UserCommand;
import io.latentsync.job.failure.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command that runs notebooks and writes the cells' outputs into them. Exit codes: 0 done, 1 a
 * cell failed, 2 a file is no notebook.
 */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description =
        "Runs Jupyter notebooks of Java cells from top to bottom, without Jupyter, and writes what"
            + " the cells put out into the files. A notebook with a cell that fails stays as it"
            + " was.")
public final class RunCommand implements UserCommand {
  @Parameters(arity = "1..*", paramLabel = "NOTEBOOK", description = "The .ipynb files.")
  private List<Path> files;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  /** Runs the command and exits: cells may have left threads behind. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command and returns its exit code. */
  static int run(String... arguments) {
    return UserCommand.run(new RunCommand(), arguments);
  }

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws IOException {
    try (StandardOutput output = new StandardOutput()) {
      for (Path file : files) {
        if (!run(file, output)) {
          return ExitCode.FAILED.code();
        }
      }
      return ExitCode.DONE.code();
    }
  }

  private static boolean run(Path file, StandardOutput output) throws IOException {
    Notebook notebook = Notebook.read(file);
    List<Notebook.CodeCell> cells = notebook.codeCells();
    try (JavaSession session = new JavaSession(output)) {
      for (int i = 0; i < cells.size(); i++) {
        String place = "%s, cell %d of %d".formatted(file.getFileName(), i + 1, cells.size());
        System.err.println(place);
        CellResult result = session.run(cells.get(i).source());
        if (result.error().isPresent()) {
          CellResult.Failure failure = result.error().get();
          System.err.print(result.printed());
          System.err.printf("run: %s: %s: %s%n", place, failure.name(), failure.message());
          failure.trace().forEach(line -> System.err.println("  " + line));
          return false;
        }
        cells.get(i).putOut(i + 1, result.relativeTo(Path.of("")));
      }
    }
    notebook.write(file);
    return true;
  }
}
