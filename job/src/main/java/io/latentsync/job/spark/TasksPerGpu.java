package io.latentsync.job.spark;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.text.Printable;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.SparkConf;

/**
 * The number of tasks that compute on a GPU at the same time.
 *
 * @param requested the user's number, 1 to {@link #MOST}; empty: the free memory of the GPU
 *     determines the number
 */
public record TasksPerGpu(OptionalInt requested) {
  /** The Spark setting that holds the option. */
  public static final String SETTING = "spark.latentsync.tasksPerGpu";

  /** The free memory of the GPU determines the number. */
  public static final TasksPerGpu AUTO = new TasksPerGpu(OptionalInt.empty());

  /** Maximum value of the option. */
  private static final int MOST = 16;

  /**
   * Maximum number for {@code auto}. More tasks do not increase a GPU's utilisation, but need
   * memory for more pictures.
   */
  private static final int MOST_BY_MEMORY = 4;

  /** The usable share of the free memory; the rest is lost to fragmentation. */
  private static final double USABLE = 0.9;

  private static final String AUTO_WORD = "auto";

  /**
   * Reads the option.
   *
   * @throws InvalidInputException naming the option, the value and the valid values
   */
  public static TasksPerGpu parse(String option, String value) throws InvalidInputException {
    if (value.equals(AUTO_WORD)) {
      return AUTO;
    }
    int number;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "%s is %s, but must be %s or a number from 1 to %d"
              .formatted(option, Printable.value(value), AUTO_WORD, MOST),
          e);
    }
    OptionCheck.requireBetween(option, number, 1, MOST);
    return new TasksPerGpu(OptionalInt.of(number));
  }

  /** Reads the option from Spark's settings. */
  static TasksPerGpu of(SparkConf conf) {
    try {
      return parse(SETTING, conf.get(SETTING, AUTO_WORD));
    } catch (InvalidInputException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The number of tasks that Spark starts per GPU. A started task may have to wait for a permit to
   * compute.
   */
  int slots() {
    return requested.orElse(MOST_BY_MEMORY);
  }

  /**
   * The number of tasks that compute at the same time.
   *
   * @param free memory of the GPU in bytes, with the weights loaded; empty if unknown
   * @param task memory that a task needs while it computes, in bytes
   */
  int permits(OptionalLong free, long task) {
    if (requested.isPresent() || free.isEmpty()) {
      return requested.orElse(1);
    }
    long fit = (long) (USABLE * free.getAsLong()) / Math.max(1, task);
    return (int) Math.max(1, Math.min(MOST_BY_MEMORY, fit));
  }

  /** The value as on the command line. */
  @Override
  public String toString() {
    return requested.isPresent() ? String.valueOf(requested.getAsInt()) : AUTO_WORD;
  }
}
