package io.latentsync.train;

import ai.djl.ndarray.NDManager;
import io.latentsync.train.data.SpokenSentence;
import io.latentsync.train.data.TalkingFaces;
import io.latentsync.train.data.Utterance;
import io.latentsync.train.objective.AudioObjective;
import io.latentsync.train.objective.NetworkConfigs;
import io.latentsync.train.objective.Objective;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the audio encoder alone ({@link AudioObjective}). */
@Command(
    name = "audio",
    description =
        "Trains the audio encoder alone, on all speech, to predict the mouths. The stage unet trains"
            + " it further.")
final class AudioCommand implements Callable<Integer> {
  /** The stage's name. */
  static final String STAGE = "audio";

  @Mixin private TrainingArguments options;

  @Option(
      names = "--steps",
      defaultValue = "7000",
      paramLabel = "N",
      description =
          "Total number of steps, over all calls. The learning rate falls until the last of them, so"
              + " another number in a later call changes it.")
  private int steps;

  @Override
  public Integer call() throws IOException {
    options.applyThreads();
    NetworkConfigs config = options.config();
    try (TrainingRun run = new TrainingRun(STAGE, options, steps);
        NDManager manager = NDManager.newBaseManager();
        Objective objective = new AudioObjective(config, List.of(speech(manager)));
        TrainingState state = run.state(manager, objective);
        NDManager scope = manager.newSubManager()) {
      run.go(objective, state);
      scope.tempAttachAll(state.average());
      options.model().writeWhisper(scope, config, state.tensors(state.average()));
    }
    return 0;
  }

  private List<SpokenSentence> speech(NDManager manager) throws IOException {
    List<SpokenSentence> speech = new ArrayList<>(options.sentences().read(manager));
    TalkingFaces clips = options.clips();
    for (int i = 0; i < clips.clips(); i++) {
      TalkingFaces.Clip clip = clips.clip(i);
      speech.add(SpokenSentence.of(manager, new Utterance(clip.speech(), clip.mouths())));
    }
    return speech;
  }
}
