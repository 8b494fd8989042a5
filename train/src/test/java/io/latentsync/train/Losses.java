package io.latentsync.train;

import io.latentsync.train.objective.Training;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The losses of a training by step. */
public record Losses(List<Double> values) {

  /** Trains for some steps. */
  public static Losses of(Training training, TrainingState state, int steps) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      losses.add(training.step(state).loss());
    }
    return new Losses(losses);
  }

  /** The mean of the steps from {@code from} to before {@code to}. */
  public double mean(int from, int to) {
    return values.subList(from, to).stream().mapToDouble(loss -> loss).average().orElseThrow();
  }
}
