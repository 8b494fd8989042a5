package io.latentsync.train;

import ai.djl.ndarray.NDManager;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.objective.AutoencoderObjective;
import io.latentsync.train.objective.LatentScale;
import io.latentsync.train.objective.NetworkConfigs;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the autoencoder ({@link AutoencoderObjective}). */
@Command(name = "vae", description = "Trains the autoencoder.")
final class VaeCommand implements Callable<Integer> {
  private static final int MOST_SQUARES = 1024;

  @Mixin private TrainingArguments options;

  @Option(
      names = "--steps",
      defaultValue = "8000",
      paramLabel = "N",
      description =
          "Total number of steps, over all calls. The learning rate falls until the last of them, so"
              + " another number in a later call changes it.")
  private int steps;

  @Option(
      names = "--crop",
      defaultValue = "128",
      paramLabel = "N",
      description = "Side of the training squares in pixels, a multiple of 8.")
  private int crop;

  @Option(
      names = "--batch",
      defaultValue = "2",
      paramLabel = "N",
      description = "Squares per step.")
  private int batch;

  @Override
  public Integer call() throws IOException {
    OptionCheck.requireBetween("--batch", batch, 1, MOST_SQUARES);
    options.applyThreads();
    NetworkConfigs config = options.config();
    AutoencoderObjective.requireCrop(config.vae(), config.resolution(), crop);
    FaceFolder faces = options.clips();
    try (TrainingRun run = new TrainingRun("vae", options, steps);
        NDManager manager = NDManager.newBaseManager();
        AutoencoderObjective objective =
            new AutoencoderObjective(config.vae(), faces, config.resolution(), crop, batch);
        TrainingState state = run.state(manager, objective);
        NDManager scope = manager.newSubManager()) {
      run.go(objective, state);
      scope.tempAttachAll(state.average());
      options
          .model()
          .writeVae(
              config,
              LatentScale.normalise(
                  scope, config.vae(), objective.vaeOf(state.tensors(state.average())), faces));
    }
    return 0;
  }
}
