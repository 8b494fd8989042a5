package io.latentsync.job.request;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/** Checks the values of options. Each error message is one line. */
public final class OptionCheck {
  private OptionCheck() {}

  /**
   * Refuses a number out of range.
   *
   * @param least minimum, inclusive
   * @param most maximum, inclusive
   */
  public static void requireBetween(String option, Number value, long least, long most)
      throws InvalidInputException {
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw new InvalidInputException(
          "%s is %s, but must be from %s to %s"
              .formatted(option, Printable.value(value), least, most));
    }
  }

  /**
   * Creates a folder if it does not exist, and refuses one in which files cannot be created.
   *
   * @throws InvalidInputException naming the option
   */
  public static void requireWritable(String option, Path folder) throws InvalidInputException {
    InputCheck check = new InputCheck(new Configuration());
    check.writableFolder(option, location(option, folder.toString()));
    check.finish();
  }

  /**
   * Parses a path from the user.
   *
   * @param name the path; null if it is missing
   * @throws InvalidInputException naming the option if it is missing, empty or not a path
   */
  public static Location location(String option, String name) throws InvalidInputException {
    if (name == null) {
      throw new InvalidInputException(option + " is missing, but must be a path");
    }
    if (name.isBlank()) {
      throw new InvalidInputException(option + " is empty, but must be a path");
    }
    Location location = new Location(name);
    try {
      location.normalized();
      return location;
    } catch (RuntimeException e) {
      throw new InvalidInputException(
          "%s %s: is not a path: %s"
              .formatted(option, Printable.value(name), FailureReason.withoutFile(e)),
          e);
    }
  }

  /**
   * Finds a choice by its text.
   *
   * @throws InvalidInputException if no choice has this text
   */
  public static <C> C oneOf(String option, String word, C[] choices) throws InvalidInputException {
    for (C choice : choices) {
      if (choice.toString().equals(word)) {
        return choice;
      }
    }
    throw new InvalidInputException(
        "%s is %s, but must be %s"
            .formatted(
                option,
                Printable.value(word),
                Arrays.stream(choices).map(Object::toString).collect(Collectors.joining(" or "))));
  }
}
