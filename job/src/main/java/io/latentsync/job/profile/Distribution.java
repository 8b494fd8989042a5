package io.latentsync.job.profile;

import com.google.common.math.Stats;
import java.util.List;

/**
 * The distribution of a measurement over several runs.
 *
 * @param mean of the runs
 * @param standardDeviation sample standard deviation (n − 1) of the runs; 0 for a single run
 * @param runs the value of each run, in order
 */
public record Distribution(double mean, double standardDeviation, List<Double> runs) {

  /**
   * Computes the distribution of the runs' values.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Distribution of(List<Double> runs) {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("no runs, but at least one is needed");
    }
    Stats stats = Stats.of(runs);
    return new Distribution(
        stats.mean(), stats.count() > 1 ? stats.sampleStandardDeviation() : 0, List.copyOf(runs));
  }
}
