package io.latentsync.job.cli;

import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * Finds the option or manifest field that named a file, and adds it to error messages. Code that
 * reads a file knows only its path.
 */
final class InputNames {
  /** A file or folder and the option or field that named it. */
  private record Input(String name, String value) {

    /**
     * The length of this file's path at the beginning of a line, in characters.
     *
     * @return 0 if the line does not begin with this path
     */
    int matched(String line) {
      return Stream.of(Optional.of(value), localPath())
          .flatMap(Optional::stream)
          .map(Printable::value)
          .filter(path -> line.startsWith(path + ": ") || line.startsWith(path + "/"))
          .mapToInt(String::length)
          .max()
          .orElse(0);
    }

    /**
     * Replaces the path of the node's copy at the beginning of a line by this file's path. Empty if
     * the line does not begin with a copy.
     */
    Optional<String> original(String line) {
      return ofPath(
              location ->
                  location.isLocal() ? null : "/" + Printable.line(location.fileName()) + ": ")
          .filter(end -> line.startsWith("/") && line.contains(end))
          .map(
              end ->
                  Printable.value(value) + ": " + line.substring(line.indexOf(end) + end.length()));
    }

    private Optional<String> localPath() {
      return ofPath(location -> location.isLocal() ? location.localPath().toString() : null);
    }

    /** A part of the path. Empty if the value is not a path, as with other options. */
    private Optional<String> ofPath(Function<Location, String> part) {
      try {
        return Optional.ofNullable(part.apply(new Location(value)));
      } catch (RuntimeException e) {
        return Optional.empty();
      }
    }
  }

  private final Set<Input> inputs = new LinkedHashSet<>();

  /** The options and parameters of a command line and its sub-commands, with their values. */
  static InputNames of(ParseResult parsed) {
    InputNames names = new InputNames();
    for (ParseResult part = parsed; part != null; part = part.subcommand()) {
      for (ArgSpec argument : part.matchedArgs()) {
        argument.originalStringValues().stream()
            .filter(Objects::nonNull)
            .forEach(value -> names.add(name(argument), value));
      }
    }
    return names;
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? option.longestName()
        : ((PositionalParamSpec) argument).paramLabel();
  }

  /** Adds a file or folder, or any value that may be one. */
  InputNames add(String name, String value) {
    inputs.add(new Input(name, value));
    return this;
  }

  /**
   * Prefixes a line of an error with the option or field of the file at its beginning, or with all
   * of them if several named the file. Other lines stay unchanged.
   */
  String named(String line) {
    String original =
        inputs.stream()
            .map(input -> input.original(line))
            .flatMap(Optional::stream)
            .findFirst()
            .orElse(line);
    int most = inputs.stream().mapToInt(input -> input.matched(original)).max().orElse(0);
    return most == 0
        ? line
        : inputs.stream()
            .filter(input -> input.matched(original) == most)
            .map(Input::name)
            .distinct()
            .collect(Collectors.joining(" and ", "", " " + original));
  }
}
