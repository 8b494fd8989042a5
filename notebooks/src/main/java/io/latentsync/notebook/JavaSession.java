package io.latentsync.notebook;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.execution.LocalExecutionControl;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/**
 * A session that runs Java code cell by cell. A cell can use the declarations of earlier cells. The
 * code runs in this process, with its class path.
 */
final class JavaSession implements AutoCloseable {
  private static final String DOES_NOT_COMPILE = "does not compile";

  private final ValuesKept values = new ValuesKept();
  private final JShell shell =
      JShell.builder()
          .executionEngine(values, Map.of())
          .compilerOptions("-classpath", System.getProperty("java.class.path"))
          .build();

  private final StandardOutput output;

  /**
   * A session without declarations.
   *
   * @param output captures the cells' output; owned by the caller
   */
  JavaSession(StandardOutput output) {
    this.output = output;
  }

  /** Runs a cell to its end or to the first statement that fails. */
  CellResult run(String code) {
    Optional<Object> value = Optional.empty();
    Optional<CellResult.Failure> failure = Optional.empty();
    String rest = code;
    while (!rest.isBlank() && failure.isEmpty()) {
      CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      if (next.completeness() == Completeness.EMPTY) {
        break;
      }
      // An incomplete statement has no source; running it reports the error.
      boolean whole = next.source() != null;
      SnippetEvent event = own(shell.eval(whole ? next.source() : rest));
      rest = whole ? next.remaining() : "";
      failure = failure(event);
      value = hasValue(event.snippet()) ? Optional.ofNullable(values.last) : Optional.empty();
    }
    return new CellResult(output.take(), value, failure);
  }

  /** The result of the statement itself, not of earlier ones that it changes. */
  private static SnippetEvent own(List<SnippetEvent> events) {
    return events.stream()
        .filter(event -> event.causeSnippet() == null)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nothing was run of the statement"));
  }

  /** Whether it is an expression, not a declaration of a variable. */
  private static boolean hasValue(Snippet snippet) {
    return switch (snippet.subKind()) {
      case TEMP_VAR_EXPRESSION_SUBKIND, VAR_VALUE_SUBKIND, OTHER_EXPRESSION_SUBKIND -> true;
      default -> false;
    };
  }

  private Optional<CellResult.Failure> failure(SnippetEvent event) {
    if (event.exception() != null) {
      return Optional.of(failure(event.exception()));
    }
    if (event.status() == Snippet.Status.VALID) {
      return Optional.empty();
    }
    String messages =
        String.join("; ", shell.diagnostics(event.snippet()).map(this::text).toList());
    return Optional.of(
        new CellResult.Failure(
            DOES_NOT_COMPILE, messages, event.snippet().source().strip().lines().toList()));
  }

  private String text(jdk.jshell.Diag diagnostic) {
    return diagnostic.getMessage(Locale.ENGLISH).replaceAll("\\s*\\R\\s*", " ");
  }

  private static CellResult.Failure failure(JShellException exception) {
    String name =
        exception instanceof EvalException thrown
            ? thrown.getExceptionClassName()
            : DOES_NOT_COMPILE;
    List<String> trace =
        Arrays.stream(exception.getStackTrace()).map(frame -> "at " + frame).toList();
    return new CellResult.Failure(name, String.valueOf(exception.getMessage()), trace);
  }

  @Override
  public void close() {
    shell.close();
  }

  /** Stores the last value, because JShell returns only its text. */
  private static final class ValuesKept implements ExecutionControlProvider {
    private Object last;

    @Override
    public String name() {
      return "values kept";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv environment, Map<String, String> parameters) {
      return new LocalExecutionControl() {
        @Override
        protected String invoke(Method statement) throws Exception {
          last = statement.invoke(null);
          return valueString(last);
        }
      };
    }
  }
}
