package io.latentsync.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The losses of a training, by step. */
record Losses(List<Double> values) {

  /** Trains for some steps. */
  static Losses of(Training training, TrainingState state, int steps) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      losses.add(training.step(state).loss());
    }
    return new Losses(losses);
  }

  /** The mean of the steps from {@code from} to before {@code to}. */
  double mean(int from, int to) {
    return values.subList(from, to).stream().mapToDouble(loss -> loss).average().orElseThrow();
  }
}
