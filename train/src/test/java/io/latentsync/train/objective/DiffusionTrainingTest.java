package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.latentsync.face.blend.Mask;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.testing.NativeMemory;
import io.latentsync.train.Losses;
import io.latentsync.train.SmallModel;
import io.latentsync.train.data.LatentClip;
import io.latentsync.train.data.ToyFaces;
import io.latentsync.train.head.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
final class DiffusionTrainingTest {
  private static final int SIDE = 32;
  private static final ToyFaces FACES = new ToyFaces(3, 12, SIDE);
  private static final DiffusionOptions OPTIONS = new DiffusionOptions(2, 4, 0.1, 1, 0.2, 1, false);

  private static final DiffusionOptions CHECKPOINTED =
      new DiffusionOptions(2, 4, 0.1, 1, 0.2, 1, true);

  @TempDir private Path folder;

  private final NDManager manager = NDManager.newBaseManager();
  private NetworkConfigs config;
  private List<LatentClip> clips;
  private NDArray keep;

  @BeforeEach
  void encode() throws IOException {
    config = SmallModel.config();
    clips = new ArrayList<>();
    try (AutoencoderKl vae = AutoencoderKl.trainable(config.vae(), Device.cpu());
        NDManager scope = manager.newSubManager();
        TrainingState untrained = TrainingState.initial(scope, config.vae().tensors(), 1)) {
      scope.tempAttachAll(untrained.weights());
      SortedMap<String, NDArray> weights =
          LatentScale.normalise(scope, config.vae(), untrained.tensors(untrained.weights()), FACES);
      vae.weights(weights);
      NDArray mask = scope.create(Mask.bundled(SIDE).values(), new Shape(1, SIDE, SIDE));
      for (int i = 0; i < FACES.clips(); i++) {
        clips.add(certain(LatentClip.of(manager, FACES.clip(i), vae, mask)));
      }
    }
    keep = manager.create(Mask.bundled(SIDE).latent(), new Shape(4, 4));
  }

  /** A clip without the posterior's noise, which is too large for an untrained autoencoder. */
  private static LatentClip certain(LatentClip clip) {
    return new LatentClip(
        clip.first(),
        certain(clip.faces()),
        certain(clip.sources()),
        certain(clip.masked()),
        clip.mel(),
        clip.mouths());
  }

  private static LatentClip.Latents certain(LatentClip.Latents latents) {
    return new LatentClip.Latents(latents.mean(), latents.deviation().mul(0));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void latentsHaveTheScaleThatTheSamplerAssumes() {
    NDArray mean = clips.get(0).faces().mean();
    double variance = 0;
    for (LatentClip clip : clips) {
      variance += clip.faces().mean().square().mean().getFloat() / clips.size();
    }
    assertThat(mean.getShape()).isEqualTo(new Shape(12, 4, 4, 4));
    assertThat(variance).isBetween(0.8, 1.2);
  }

  @Test
  void lossFallsByAThirdInAHundredAndTwentySteps() throws IOException {
    try (Objective objective = objective(OPTIONS);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
      Training training = new Training(objective, new LearningRate(4e-3, 5, 120), 1);
      Losses losses = Losses.of(training, state, 120);
      assertThat(losses.mean(100, 120)).isLessThan(0.67 * losses.mean(0, 5));
    }
  }

  @Test
  void resumedTrainingEqualsUninterruptedTrainingBitForBit() throws IOException {
    Path file = folder.resolve("state.safetensors");
    try (Objective objective = objective(OPTIONS);
        TrainingState straight = TrainingState.initial(manager, objective.weights(), 7);
        TrainingState broken = TrainingState.initial(manager, objective.weights(), 7)) {
      LearningRate rate = new LearningRate(1e-3, 2, 10);
      Training training = new Training(objective, rate, 7);
      for (int i = 0; i < 6; i++) {
        training.step(straight);
      }
      for (int i = 0; i < 3; i++) {
        training.step(broken);
      }
      broken.save(file);
      try (Objective again = objective(OPTIONS);
          TrainingState resumed = TrainingState.read(manager, again.weights(), file)) {
        Training second = new Training(again, rate, 7);
        for (int i = 0; i < 3; i++) {
          second.step(resumed);
        }
        assertThat(resumed.step()).isEqualTo(6);
        assertThat(resumed.weights().toFloatArray()).isEqualTo(straight.weights().toFloatArray());
        assertThat(resumed.average().toFloatArray()).isEqualTo(straight.average().toFloatArray());
        assertThat(resumed.mean().toFloatArray()).isEqualTo(straight.mean().toFloatArray());
        assertThat(resumed.variance().toFloatArray()).isEqualTo(straight.variance().toFloatArray());
      }
    }
  }

  @Test
  void aStepWithoutFiniteGradientLeavesTheWeightsAndManyOfThemEndTheTraining() throws IOException {
    try (Objective objective = objective(OPTIONS);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
      NDArray blind = keep.mul(Float.NaN);
      try (Objective broken =
          new DiffusionObjective(manager, config, clips, List.of(), blind, OPTIONS)) {
        float[] before = state.weights().toFloatArray();
        Training training = new Training(broken, new LearningRate(1e-3, 2, 20), 1);
        training.step(state);
        assertThat(state.step()).isEqualTo(1);
        assertThat(state.weights().toFloatArray()).isEqualTo(before);
        for (int i = 0; i < 8; i++) {
          training.step(state);
        }
        assertThatThrownBy(() -> training.step(state))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("steps 0 to 9");
      }
    }
  }

  @Test
  void theAudioEncoderLearnsFromTheDenoiserUnlessTheChunkIsSilent() throws IOException {
    assertThat(whisperGradient(new DiffusionOptions(1, 4, 0, 1, 0.2, 0, false))).isGreaterThan(0);
    assertThat(whisperGradient(new DiffusionOptions(1, 4, 0.999999, 1, 0.2, 0, false))).isZero();
  }

  private double whisperGradient(DiffusionOptions options) throws IOException {
    try (Objective objective = objective(options);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1);
        NDManager scope = manager.newSubManager()) {
      SortedMap<String, NDArray> leaves = state.leaves(scope);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        collector.backward(objective.loss(scope, leaves, Seeds.random(1, "step 1")));
      }
      Map<String, NDArray> gradients = state.tensors(state.gradient(scope, leaves));
      return gradients.get("whisper.encoder.conv1.weight").abs().sum().getFloat();
    }
  }

  @Test
  void checkpointsChangeTheGradientByRoundingOnly() throws IOException {
    List<NDArray> gradients = new ArrayList<>();
    for (DiffusionOptions options : List.of(OPTIONS, CHECKPOINTED)) {
      try (Objective objective = objective(options);
          TrainingState state = TrainingState.initial(manager, objective.weights(), 1);
          NDManager scope = manager.newSubManager()) {
        SortedMap<String, NDArray> leaves = state.leaves(scope);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
          objective.backward(collector, objective.loss(scope, leaves, Seeds.random(1, "step 1")));
        }
        NDArray gradient = state.gradient(scope, leaves);
        gradient.attach(manager);
        gradients.add(gradient);
      }
    }
    double difference = gradients.get(1).sub(gradients.get(0)).norm().getFloat();
    assertThat(difference).isLessThan(1e-6 * gradients.get(0).norm().getFloat());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void memoryDoesNotGrowOverTheSteps(boolean checkpointing) throws IOException {
    try (Objective objective = objective(checkpointing ? CHECKPOINTED : OPTIONS);
        TrainingState state = TrainingState.initial(manager, objective.weights(), 1)) {
      Training training = new Training(objective, new LearningRate(1e-3, 5, 100), 1);
      for (int i = 0; i < 20; i++) {
        training.step(state);
      }
      int arrays = state.weights().getManager().getManagedArrays().size();
      long before = NativeMemory.allocated();
      for (int i = 0; i < 40; i++) {
        training.step(state);
      }
      assertThat(state.weights().getManager().getManagedArrays()).hasSize(arrays);
      // A step allocates about 20 MB; forty leaked graphs would be 800 MB.
      assertThat(NativeMemory.allocated() - before).isLessThan(20_000_000);
    }
  }

  private Objective objective(DiffusionOptions options) throws IOException {
    return new DiffusionObjective(manager, config, clips, List.of(), keep, options);
  }
}
