package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.latentsync.train.Losses;
import io.latentsync.train.SmallModel;
import io.latentsync.train.data.SpokenSentence;
import io.latentsync.train.data.TalkingFaces;
import io.latentsync.train.data.ToyFaces;
import io.latentsync.train.data.Utterance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
final class AudioTrainingTest {
  private static final ToyFaces FACES = new ToyFaces(3, 12, 32);
  private static final int STEPS = 60;

  @Test
  void theErrorOfPredictedMouthsFallsForClipsAndSentences() throws IOException {
    NetworkConfigs config = SmallModel.config();
    try (NDManager manager = NDManager.newBaseManager()) {
      List<SpokenSentence> spoken = new ArrayList<>();
      for (int i = 0; i < FACES.clips(); i++) {
        TalkingFaces.Clip clip = FACES.clip(i);
        spoken.add(SpokenSentence.of(manager, new Utterance(clip.speech(), clip.mouths())));
      }
      try (Objective objective =
              new AudioObjective(config, List.of(spoken.subList(0, 1), spoken.subList(1, 3)));
          TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
        Training training = new Training(objective, new LearningRate(4e-3, 5, STEPS), 1);
        Losses losses = Losses.of(training, state, STEPS);
        assertThat(losses.mean(STEPS - 10, STEPS)).isLessThan(0.5 * losses.mean(0, 5));
      }
    }
  }
}
