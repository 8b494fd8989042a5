package io.latentsync.job.cli;

import com.google.common.collect.ImmutableList;
import io.latentsync.job.cli.arguments.BatchArguments;
import io.latentsync.job.cli.arguments.CacheArguments;
import io.latentsync.job.cli.arguments.ClusterArguments;
import io.latentsync.job.cli.arguments.EncoderArguments;
import io.latentsync.job.cli.arguments.FaceArguments;
import io.latentsync.job.cli.arguments.FinishingArguments;
import io.latentsync.job.cli.arguments.FolderArguments;
import io.latentsync.job.cli.arguments.InputArguments;
import io.latentsync.job.cli.arguments.ModelArguments;
import io.latentsync.job.cli.arguments.ProfileArguments;
import io.latentsync.job.cli.arguments.RenderArguments;
import io.latentsync.job.cli.arguments.SpeedArguments;
import io.latentsync.job.cli.arguments.SyncArguments;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The groups of options that {@code --help} and docs/options.md show, in order. The class that
 * declares an option determines its group, so parsing does not depend on groups.
 */
enum OptionGroup {
  INPUTS("Inputs and outputs", InputArguments.class, BatchArguments.class, FolderArguments.class),
  MODEL("Model", ModelArguments.class),
  QUALITY("Quality", RenderArguments.class, EncoderArguments.class),
  SPEED("Speed", SpeedArguments.class),
  FACES("Faces", FaceArguments.class),
  SYNC("Sync", SyncArguments.class),
  FINISHING("Marks and checks of the output", FinishingArguments.class),
  CLUSTER("Cluster", ClusterArguments.class, CacheArguments.class),
  PROFILE("Profile", ProfileArguments.class),
  OTHER("Other options");

  private final String heading;
  private final ImmutableList<Class<?>> declaring;

  OptionGroup(String heading, Class<?>... declaring) {
    this.heading = heading;
    this.declaring = ImmutableList.copyOf(declaring);
  }

  String heading() {
    return heading;
  }

  /** The visible options of a command by group, in the order of their declaration. */
  static Map<OptionGroup, List<OptionSpec>> of(CommandSpec command) {
    Map<OptionGroup, List<OptionSpec>> groups = new EnumMap<>(OptionGroup.class);
    for (OptionSpec option : command.options()) {
      if (!option.hidden()) {
        groups.computeIfAbsent(of(option), group -> new ArrayList<>()).add(option);
      }
    }
    return groups;
  }

  private static OptionGroup of(OptionSpec option) {
    if (option.userObject() instanceof Field field) {
      for (OptionGroup group : values()) {
        if (group.declaring.contains(field.getDeclaringClass())) {
          return group;
        }
      }
    }
    return OTHER;
  }

  /** The option list of a command's usage help, with headings if there are several groups. */
  static String help(Help help) {
    Map<OptionGroup, List<OptionSpec>> groups = of(help.commandSpec());
    if (groups.size() <= 1) {
      return help.optionList();
    }
    StringBuilder text = new StringBuilder();
    groups.forEach(
        (group, options) -> {
          Layout layout = help.createDefaultLayout();
          layout.addOptions(options, help.createDefaultParamLabelRenderer());
          text.append(help.createHeading("%n%s:%n", group.heading)).append(layout);
        });
    return text.toString();
  }
}
