package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Keeps docs/options.md equal to the options of the commands. */
final class OptionsDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "options.md");
  private static final String WRITE =
      "mvn -q test -pl udfs,job -Dtest=OptionsDocumentTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Doptions.write=true";

  /** The default that the description states, for an option without a default value. */
  private static final Pattern STATED_DEFAULT = Pattern.compile("(.*) Default: (.*)\\.");

  @Test
  void theDocumentHasTheOptionsOfTheCommands() throws IOException {
    String expected = document();
    if (Boolean.getBoolean("options.write")) {
      Files.writeString(DOCUMENT, expected);
    }
    assertThat(DOCUMENT)
        .as("docs/options.md is stale; write it again with: %s", WRITE)
        .content()
        .isEqualTo(expected);
  }

  private static String document() {
    StringBuilder text = new StringBuilder();
    text.append("# Options of `latentsync`\n\n")
        .append(
            "`OptionsDocumentTest` writes this file from the commands and fails if it is stale.")
        .append(" Do not edit it; run\n\n```sh\n")
        .append(WRITE)
        .append("\n```\n");
    for (UserCommand command :
        List.of(
            new DubCommand(),
            new ProbeCommand(),
            new EvalCommand(),
            new CheckModelCommand(),
            new FetchCheckpointsCommand())) {
      append(UserCommand.parser(new CommandLine(command)).getCommandSpec(), text);
    }
    return text.toString();
  }

  private static void append(CommandSpec command, StringBuilder text) {
    text.append("\n## ").append(command.name()).append("\n\n");
    text.append(prose(command.usageMessage().description())).append('\n');
    if (!command.positionalParameters().isEmpty()) {
      text.append("\n### Parameters\n\n| parameter | default | description |\n|---|---|---|\n");
      command.positionalParameters().forEach(parameter -> append(parameter, text));
    }
    Map<OptionGroup, List<OptionSpec>> groups = OptionGroup.of(command);
    groups.forEach(
        (group, options) -> {
          text.append("\n### ").append(groups.size() == 1 ? "Options" : group.heading());
          text.append("\n\n| option | value | default | description |\n|---|---|---|---|\n");
          options.forEach(option -> append(option, text));
        });
    List<OptionSpec> ignored = command.options().stream().filter(ArgSpec::hidden).toList();
    if (!ignored.isEmpty()) {
      text.append("\n### Options without effect\n\n| option | description |\n|---|---|\n");
      ignored.forEach(
          option ->
              text.append("| %s | %s |\n".formatted(names(option), prose(option.description()))));
    }
  }

  private static void append(PositionalParamSpec parameter, StringBuilder text) {
    Matcher stated = STATED_DEFAULT.matcher(String.join(" ", parameter.description()));
    boolean known = stated.matches();
    text.append(
        "| `%s` | %s | %s |\n"
            .formatted(
                parameter.paramLabel(),
                known ? prose(stated.group(2)) : defaultValue(parameter),
                known ? prose(stated.group(1)) : prose(parameter.description())));
  }

  private static void append(OptionSpec option, StringBuilder text) {
    Matcher stated = STATED_DEFAULT.matcher(String.join(" ", option.description()));
    boolean known = stated.matches();
    text.append(
        "| %s | %s | %s | %s |\n"
            .formatted(
                names(option),
                value(option),
                known ? prose(stated.group(2)) : defaultValue(option),
                known ? prose(stated.group(1)) : prose(option.description())));
  }

  private static String names(OptionSpec option) {
    return Arrays.stream(option.names()).map("`%s`"::formatted).collect(Collectors.joining(", "));
  }

  private static String value(OptionSpec option) {
    Class<?> type = option.auxiliaryTypes()[0];
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map("`%s`"::formatted)
          .collect(Collectors.joining(", "));
    }
    return option.arity().max() == 0 ? "–" : "`%s`".formatted(option.paramLabel());
  }

  private static String defaultValue(OptionSpec option) {
    if (option.arity().max() == 0) {
      return option.usageHelp() || option.versionHelp() ? "–" : "off";
    }
    return option.defaultValue() == null ? "none" : "`%s`".formatted(option.defaultValue());
  }

  private static String defaultValue(PositionalParamSpec parameter) {
    return parameter.defaultValue() == null
        ? "required"
        : "`%s`".formatted(parameter.defaultValue());
  }

  /** Escapes a text for a cell of a Markdown table. */
  private static String prose(String... lines) {
    return String.join(" ", lines)
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replaceAll("--[a-z0-9_]+", "`$0`");
  }
}
