package io.latentsync.job.metrics;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of {@code nvidia-smi}: how a GPU was used at one moment.
 *
 * @param index number of the GPU in its machine
 * @param name the GPU's model
 * @param utilisation share of the last moment in which it computed, 0 to 1; NaN where the GPU does
 *     not report it
 * @param usedMib memory in use, in MiB; NaN where the GPU does not report it
 * @param memoryMib its memory, in MiB; NaN where the GPU does not report it
 */
record GpuSample(int index, String name, double utilisation, double usedMib, double memoryMib) {
  /** What {@code nvidia-smi} is to be asked for lines of this form. */
  static final List<String> QUERY =
      List.of(
          "--query-gpu=index,name,utilization.gpu,memory.used,memory.total",
          "--format=csv,noheader,nounits");

  /** A GPU that cannot say something says {@code [N/A]}, {@code [Not Supported]} or the like. */
  private static final String VALUE = "([0-9.]+|\\[[^\\]]*\\])";

  private static final Pattern LINE =
      Pattern.compile("\\s*(\\d+), (.+), %s, %s, %s\\s*".formatted(VALUE, VALUE, VALUE));

  /** Reads a line; empty if it is something else, such as an error. */
  static Optional<GpuSample> parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new GpuSample(
            Integer.parseInt(matcher.group(1)),
            matcher.group(2),
            value(matcher.group(3)) / 100,
            value(matcher.group(4)),
            value(matcher.group(5))));
  }

  private static double value(String text) {
    return text.startsWith("[") ? Double.NaN : Double.parseDouble(text);
  }
}
