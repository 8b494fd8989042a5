package io.latentsync.train.decoder;

import io.latentsync.train.objective.WholeText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The losses of the held-out faces in a CSV file, which decide when a training ends. */
final class HeldOutLog {
  private static final String HEAD = "step,loss";

  private final Path csv;
  private final List<Check> checks = new ArrayList<>();

  /**
   * A measurement.
   *
   * @param step number of finished steps
   * @param loss of the held-out faces
   */
  record Check(long step, double loss) {}

  private HeldOutLog(Path csv) {
    this.csv = csv;
  }

  /**
   * Opens a log. Measurements after a step are dropped: the training repeats them.
   *
   * @param step number of finished steps
   * @throws IOException if the file cannot be read
   */
  static HeldOutLog open(Path csv, long step) throws IOException {
    HeldOutLog log = new HeldOutLog(csv);
    if (Files.exists(csv)) {
      try {
        for (String line : Files.readAllLines(csv).stream().skip(1).toList()) {
          String[] fields = line.split(",", 2);
          Check check = new Check(Long.parseLong(fields[0]), Double.parseDouble(fields[1]));
          if (check.step() <= step) {
            log.checks.add(check);
          }
        }
      } catch (CharacterCodingException
          | NumberFormatException
          | ArrayIndexOutOfBoundsException e) {
        throw new IOException(csv + ": is not the log of a training; remove it", e);
      }
    }
    return log;
  }

  /** Adds a measurement. Returns whether it is the best so far. */
  boolean add(Check check) throws IOException {
    boolean best = checks.isEmpty() || check.loss() < best().loss();
    checks.add(check);
    List<String> lines = new ArrayList<>(List.of(HEAD));
    for (Check each : checks) {
      lines.add(String.format(Locale.ROOT, "%d,%.9g", each.step(), each.loss()));
    }
    Files.createDirectories(csv.toAbsolutePath().getParent());
    WholeText.write(csv, lines);
    return best;
  }

  boolean isEmpty() {
    return checks.isEmpty();
  }

  /** The first measurement with the lowest loss; there must be one. */
  Check best() {
    Check best = checks.get(0);
    for (Check check : checks) {
      best = check.loss() < best.loss() ? check : best;
    }
    return best;
  }

  /** The number of measurements after the best one. */
  int sinceBest() {
    return isEmpty() ? 0 : checks.size() - 1 - checks.indexOf(best());
  }
}
