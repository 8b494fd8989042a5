package io.latentsync.train.objective;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.train.head.Seeds;
import java.io.IOException;
import java.util.SortedMap;

/**
 * Gradient descent: AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019),
 * with a bounded gradient norm and averaged weights. A step is a function of the state, the seed
 * and the step's number, so a training can be stopped and continued at any step.
 */
public final class Training {
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.99;
  private static final float EPSILON = 1e-8f;
  private static final float WEIGHT_DECAY = 0.01f;
  private static final double LONGEST_GRADIENT = 1;
  private static final double AVERAGING = 0.999;

  /** After this many consecutive steps without a finite gradient the training fails. */
  private static final int MOST_SKIPPED = 10;

  private final Objective objective;
  private final LearningRate learningRate;
  private final long seed;
  private int skipped;

  /** A training of an objective, which it does not close. */
  public Training(Objective objective, LearningRate learningRate, long seed) {
    this.objective = objective;
    this.learningRate = learningRate;
    this.seed = seed;
  }

  /**
   * The measurements of a step.
   *
   * @param step its number, from 0
   * @param loss before the step
   * @param gradientNorm before it was bounded
   * @param learningRate of this step
   */
  public record Report(long step, double loss, double gradientNorm, double learningRate) {}

  /**
   * Makes the next step. If its loss or gradient is not finite, the weights stay the same.
   *
   * @throws InvalidInputException if the loss or its gradient is not finite in many consecutive
   *     steps
   * @throws IOException if data cannot be read
   */
  public Report step(TrainingState state) throws IOException {
    long step = state.step();
    try (NDManager scope = state.weights().getManager().newSubManager()) {
      SortedMap<String, NDArray> leaves = state.leaves(scope);
      double loss;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray value = objective.loss(scope, leaves, Seeds.random(seed, "step " + step));
        loss = value.getFloat();
        objective.backward(collector, value);
      }
      NDArray gradient = state.gradient(scope, leaves);
      double norm = gradient.norm().getFloat();
      double rate = learningRate.at(step);
      if (Double.isFinite(loss) && Double.isFinite(norm)) {
        descend(state, leaves, gradient, rate, Math.min(1, LONGEST_GRADIENT / norm));
        average(state, scope);
        skipped = 0;
      } else if (++skipped == MOST_SKIPPED) {
        throw new InvalidInputException(
            "--learning_rate is too high, or the data are damaged: steps %d to %d: loss or gradient was not finite, %s and %s in the last"
                .formatted(step - skipped + 1, step, loss, norm));
      }
      state.stepDone();
      return new Report(step, loss, norm, rate);
    }
  }

  private static void descend(
      TrainingState state,
      SortedMap<String, NDArray> leaves,
      NDArray gradient,
      double rate,
      double scale) {
    double count = state.step() + 1.0;
    double corrected =
        rate * Math.sqrt(1 - Math.pow(BETA_2, count)) / (1 - Math.pow(BETA_1, count));
    // The operation also resets the gradient of an array that has one.
    NDArray leaf = leaves.get(leaves.firstKey());
    leaf.getNDArrayInternal()
        .adamUpdate(
            new NDList(state.weights(), gradient, state.mean(), state.variance()),
            new NDList(leaf),
            (float) rate,
            (float) corrected,
            WEIGHT_DECAY,
            (float) scale,
            -1,
            (float) BETA_1,
            (float) BETA_2,
            EPSILON,
            false,
            true);
  }

  /** Early steps have less weight; otherwise they would fade too slowly. */
  private static void average(TrainingState state, NDManager scope) {
    double decay = Math.min(AVERAGING, (1.0 + state.step()) / (10.0 + state.step()));
    NDArray share = state.weights().mul((float) (1 - decay));
    share.attach(scope);
    state.average().muli((float) decay).addi(share);
  }
}
