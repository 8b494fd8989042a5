package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.testing.CommandOutput;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

/** The messages and exit codes of failures of any kind. */
final class UserCommandTest {

  /** A command in which something fails. */
  @Command(name = "fails")
  private record Failing(Throwable failure) implements UserCommand {
    @Override
    public boolean verbose() {
      return false;
    }

    @Override
    public Integer call() throws Exception {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (Exception) failure;
    }
  }

  static List<Arguments> failures() {
    return List.of(
        Arguments.of(
            InvalidInputException.ofLines(List.of("--a is 1", "--b is 2")), 2, "--a is 1|--b is 2"),
        Arguments.of(new NoSuchFileException("/a b"), 2, "/a b: no such file or folder"),
        Arguments.of(new AccessDeniedException("/a"), 2, "/a: permission denied"),
        Arguments.of(
            new FileSystemException("/a", null, "No space left on device"),
            1,
            "/a: No space left on device"),
        Arguments.of(new FileSystemException("/a"), 2, "/a: cannot be read or written"),
        Arguments.of(new FileAlreadyExistsException("/a"), 2, "/a: already exists"),
        Arguments.of(new FileNotFoundException("/a (Is a directory)"), 2, "/a (Is a directory)"),
        Arguments.of(new EOFException(), 2, "a file ends too early"),
        Arguments.of(
            new IOException(), 2, "a file cannot be read or written; --verbose shows which"),
        Arguments.of(new UncheckedIOException(new IOException("/a: is odd")), 2, "/a: is odd"),
        Arguments.of(
            new IllegalArgumentException(new UnknownHostException("nowhere")),
            1,
            "the host nowhere is unknown"),
        Arguments.of(
            new ConnectException(
                "Call From a to b:1 failed on connection exception: java.net.ConnectException:"
                    + " Connection refused; For more details see: "
                    + " http://wiki.apache.org/hadoop/ConnectionRefused"),
            1,
            "Call From a to b:1 failed on connection exception: Connection refused"),
        Arguments.of(
            new InvalidPathException("a\0b", "Nul character not allowed"),
            2,
            "Nul character not allowed: a\\u0000b"),
        Arguments.of(
            new IOException("/a\u001b[2J: \u202eodd " + "x".repeat(2000)),
            2,
            "/a\\u001b[2J: \\u202eodd " + "x".repeat(987) + "…"),
        Arguments.of(
            new NoSuchFileException("/a\nfails: done"),
            2,
            "/a\\u000afails: done: no such file or folder"),
        Arguments.of(
            new InvalidInputException("--seed is 1\nfails: done"),
            2,
            "--seed is 1\\u000afails: done"),
        Arguments.of(InvalidInputException.ofLines(List.of("one\n", "two")), 2, "one\\u000a|two"),
        Arguments.of(
            new ExecutionException(new SparkException("Job aborted", new IOException("/a: odd"))),
            2,
            "/a: odd"),
        Arguments.of(
            new SparkException(
                "Task 0 failed (host): java.lang.IllegalStateException: odd\n\tat x"),
            1,
            "internal error (Task 0 failed (host): odd); --verbose shows where"),
        Arguments.of(
            new IllegalStateException("a stage\nfailed"),
            1,
            "internal error (a stage); --verbose shows where"),
        Arguments.of(new NullPointerException(), 1, "internal error; --verbose shows where"),
        Arguments.of(
            new UnsatisfiedLinkError("no x in java.library.path"),
            1,
            "internal error (no x in java.library.path); --verbose shows where"),
        Arguments.of(
            new OutOfMemoryError("Java heap space"),
            1,
            "the Java heap is full: give the driver and the executors more (spark.driver.memory,"
                + " spark.executor.memory, or -Xmx)"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureIsAnExitCodeAndSentencesWithoutJavasTypes(
      Throwable failure, int code, String message) {
    CommandOutput output = CommandOutput.of("fails", new Failing(failure));
    assertThat(output.code()).isEqualTo(code);
    assertThat(output.errors())
        .containsExactlyElementsOf(
            Stream.of(message.split("\\|")).map(line -> "fails: " + line).toList());
    assertThat(output.out()).isEmpty();
  }

  /** A command whose message has a number. */
  @Command(name = "counts")
  private static final class Counting implements UserCommand {
    @Override
    public boolean verbose() {
      return false;
    }

    @Override
    public Integer call() throws IOException {
      throw new InvalidInputException("--seed is %d, but must be below %.1f".formatted(12, 0.5));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "de-DE", "hi-IN-u-nu-deva"})
  void numbersHaveTheSameDigitsInEachLanguage(String language) {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag(language));
      assertThat(CommandOutput.of("counts", new Counting()).errors())
          .containsExactly("counts: --seed is 12, but must be below 0.5");
    } finally {
      Locale.setDefault(before);
    }
  }
}
