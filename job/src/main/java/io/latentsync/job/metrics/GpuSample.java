package io.latentsync.job.metrics;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of {@code nvidia-smi}: the use of a GPU at one moment.
 *
 * @param index number of the GPU in its machine
 * @param name the GPU's model
 * @param utilisation share of the sampling interval in which the GPU computed, 0 to 1; NaN if the
 *     GPU does not report it
 * @param usedMib memory in use, in MiB; NaN if the GPU does not report it
 * @param memoryMib total memory, in MiB; NaN if the GPU does not report it
 */
record GpuSample(int index, String name, double utilisation, double usedMib, double memoryMib) {
  /** The query that makes {@code nvidia-smi} print such lines. */
  static final List<String> QUERY =
      List.of(
          "--query-gpu=index,name,utilization.gpu,memory.used,memory.total",
          "--format=csv,noheader,nounits");

  /**
   * A number, or the text for a missing value: {@code [N/A]}, {@code [Not Supported]} or similar.
   */
  private static final String VALUE = "([0-9.]+|\\[[^\\]]*\\])";

  private static final Pattern LINE =
      Pattern.compile("\\s*(\\d+), (.+), %s, %s, %s\\s*".formatted(VALUE, VALUE, VALUE));

  /** Parses a line; empty if it has another form, such as an error. */
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
