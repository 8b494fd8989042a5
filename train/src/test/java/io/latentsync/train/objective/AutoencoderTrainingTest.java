package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.latentsync.train.SmallModel;
import io.latentsync.train.data.ToyFaces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AutoencoderTrainingTest {
  private static final ToyFaces FACES = new ToyFaces(4, 12, 32);

  @Test
  void lossFallsToAThirdInSixtySteps() throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        Objective objective =
            new AutoencoderObjective(SmallModel.config().vae(), FACES, 32, 32, 4);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
      Training training = new Training(objective, new LearningRate(5e-3, 5, 60), 1);
      List<Double> losses = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        losses.add(training.step(state).loss());
      }
      assertThat(mean(losses.subList(50, 60))).isLessThan(mean(losses.subList(0, 3)) / 3);
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
