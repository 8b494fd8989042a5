package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.latentsync.train.Losses;
import io.latentsync.train.SmallModel;
import io.latentsync.train.data.ToyFaces;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
final class AutoencoderTrainingTest {
  private static final ToyFaces FACES = new ToyFaces(4, 12, 32);

  @Test
  void lossFallsToAThirdInSixtySteps() throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        Objective objective =
            new AutoencoderObjective(SmallModel.config().vae(), FACES, 32, 32, 4);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
      Training training = new Training(objective, new LearningRate(5e-3, 5, 60), 1);
      Losses losses = Losses.of(training, state, 60);
      assertThat(losses.mean(50, 60)).isLessThan(losses.mean(0, 3) / 3);
    }
  }
}
