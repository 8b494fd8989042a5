package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.nn.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainingStateTest {
  @TempDir private Path folder;

  private final SortedMap<String, long[]> shapes =
      new TreeMap<>(Map.of("a.weight", new long[] {2, 3}, "b.bias", new long[] {4}));

  @Test
  void tensorsAreTheVectorInOrderOfTheirNames() {
    try (NDManager manager = NDManager.newBaseManager();
        TrainingState state = TrainingState.initial(manager, shapes, 1)) {
      NDArray vector = manager.arange(10f);
      SortedMap<String, NDArray> tensors = state.tensors(vector);
      assertThat(tensors.get("a.weight").toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(tensors.get("b.bias").toFloatArray()).containsExactly(6, 7, 8, 9);
    }
  }

  @Test
  void theFirstWeightsDependOnTheSeedAlone() {
    try (NDManager manager = NDManager.newBaseManager();
        TrainingState one = TrainingState.initial(manager, shapes, 1);
        TrainingState same = TrainingState.initial(manager, shapes, 1);
        TrainingState other = TrainingState.initial(manager, shapes, 2)) {
      assertThat(one.weights().toFloatArray()).isEqualTo(same.weights().toFloatArray());
      assertThat(one.weights().toFloatArray()).isNotEqualTo(other.weights().toFloatArray());
    }
  }

  @Test
  void stateOfAnotherNetworkIsRefused() throws IOException {
    Path file = folder.resolve("state.safetensors");
    try (NDManager manager = NDManager.newBaseManager();
        TrainingState state = TrainingState.initial(manager, shapes, 1)) {
      state.save(file);
      shapes.put("a.weight", new long[] {3, 2});
      assertThatThrownBy(() -> TrainingState.read(manager, shapes, file))
          .isInstanceOf(CheckpointException.class)
          .hasMessageEndingWith(
              "is not the state of this training: weights.a.weight is FLOAT32[2, 3], but must be"
                  + " [3, 2]");
    }
  }

  @Test
  void weightsThatFitAreAdoptedAndTheOthersStay() throws IOException {
    Path file = folder.resolve("state.safetensors");
    try (NDManager manager = NDManager.newBaseManager();
        TrainingState state = TrainingState.initial(manager, shapes, 1)) {
      state.save(file);
      float[] learnt = state.weights().toFloatArray();
      shapes.put("c.weight", new long[] {2, 2});
      try (TrainingState larger = TrainingState.initial(manager, shapes, 9)) {
        assertThat(larger.adopt(file)).isEqualTo(2);
        assertThat(larger.weights().get("0:10").toFloatArray()).isEqualTo(learnt);
        assertThat(larger.weights().get("10:").toFloatArray()).doesNotContain(0f);
      }
    }
  }

  @Test
  void learningRateRisesThenFallsToATenth() {
    LearningRate rate = new LearningRate(1, 10, 110);
    assertThat(rate.at(0)).isEqualTo(0.1);
    assertThat(rate.at(9)).isEqualTo(1);
    assertThat(rate.at(60)).isEqualTo(0.55);
    assertThat(rate.at(110)).isEqualTo(0.1);
    assertThat(rate.at(5000)).isEqualTo(0.1);
  }
}
