package io.latentsync.job.profile;

import com.google.common.math.Stats;
import java.util.List;

/**
 * What was measured in several runs.
 *
 * @param mean of the runs
 * @param standardDeviation of the runs, as an estimate from a sample (n − 1); 0 of a single run
 * @param runs the value of each run, in order
 */
public record Distribution(double mean, double standardDeviation, List<Double> runs) {

  /**
   * Of the values of runs.
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
