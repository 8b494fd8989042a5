package io.latentsync.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.blend.Mask;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.nn.networks.ActivationPeak;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.data.LatentClip;
import io.latentsync.train.objective.DiffusionObjective;
import io.latentsync.train.objective.DiffusionOptions;
import io.latentsync.train.objective.LatentFolder;
import io.latentsync.train.objective.ModelFolder;
import io.latentsync.train.objective.NetworkConfigs;
import io.latentsync.train.objective.Objective;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the denoiser, and the audio encoder further ({@link DiffusionObjective}). */
@Command(
    name = "unet",
    description =
        "Encodes the clips with the autoencoder, then trains the denoiser together with the audio"
            + " encoder of the stage audio.")
final class UnetCommand implements Callable<Integer> {
  private static final int MOST = 100_000;

  @Mixin private TrainingArguments options;

  @Option(
      names = "--steps",
      defaultValue = "3300",
      paramLabel = "N",
      description =
          "Total number of steps, over all calls. The learning rate falls until the last of them, so"
              + " another number in a later call changes it.")
  private int steps;

  @Option(
      names = "--chunks",
      defaultValue = "8",
      paramLabel = "N",
      description = "Chunks per step.")
  private int chunks;

  @Option(
      names = "--frames",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Frames per chunk. A denoiser with motion modules needs the number that it will dub together.")
  private int frames;

  @Mixin private CheckpointingArguments checkpointing;

  @Override
  public Integer call() throws IOException {
    OptionCheck.requireBetween("--chunks", chunks, 1, MOST);
    OptionCheck.requireBetween("--frames", frames, 1, MOST);
    options.applyThreads();
    NetworkConfigs config = options.config();
    FaceFolder faces = options.clips();
    checkpointing.advise(Device.cpu(), memory(config, false), memory(config, true));
    try (TrainingRun run = new TrainingRun("unet", options, steps);
        NDManager manager = NDManager.newBaseManager();
        Objective objective =
            new DiffusionObjective(
                manager,
                config,
                encode(manager, config, faces),
                options.sentences().read(manager),
                keep(manager, config),
                DiffusionOptions.of(chunks, frames, checkpointing.chosen()));
        TrainingState state = run.state(manager, objective, options.state(AudioCommand.STAGE));
        NDManager scope = manager.newSubManager()) {
      run.go(objective, state);
      scope.tempAttachAll(state.average());
      Map<String, NDArray> weights = state.tensors(state.average());
      ModelFolder model = options.model();
      model.writeUnet(
          config, state.step(), config.withUnetTables(scope, DiffusionObjective.unetOf(weights)));
      model.writeWhisper(scope, config, weights);
    }
    return 0;
  }

  /** Memory in bytes of a step: two predictions, and the weights with their optimiser's state. */
  private long memory(NetworkConfigs config, boolean checkpoints) {
    int side = config.resolution() / config.vae().downsampling();
    return TrainingState.bytes(config.unet().tensors())
        + 2L
            * Float.BYTES
            * ActivationPeak.trainDenoiser(config.unet(), chunks, frames, side, checkpoints);
  }

  private List<LatentClip> encode(NDManager manager, NetworkConfigs config, FaceFolder faces)
      throws IOException {
    List<LatentClip> latents = new ArrayList<>();
    try (LatentFolder folder =
            new LatentFolder(
                manager, options.training().resolve("latents"), config, options.model());
        ProgressDisplay progress = TerminalProgress.open("encode", "clips", faces.clips())) {
      for (int i = 0; i < faces.clips(); i++) {
        latents.add(folder.latents(manager, faces.clip(i)));
        progress.show(i + 1, faces.clips());
      }
    }
    return latents;
  }

  /** The mask at the resolution of the latents. */
  private static NDArray keep(NDManager manager, NetworkConfigs config) throws IOException {
    int side = config.resolution() / config.vae().downsampling();
    return manager.create(Mask.bundled(config.resolution()).latent(), new Shape(side, side));
  }
}
