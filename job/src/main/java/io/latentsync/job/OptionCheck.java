package io.latentsync.job;

/** Says in one line what is wrong with the value of an option. */
final class OptionCheck {
  private OptionCheck() {}

  /**
   * Refuses a number out of range.
   *
   * @param least and {@code most} are good values too
   */
  static void requireBetween(String option, Number value, long least, long most)
      throws InvalidInputException {
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw new InvalidInputException(
          "%s is %s, but must be from %s to %s".formatted(option, value, least, most));
    }
  }
}
