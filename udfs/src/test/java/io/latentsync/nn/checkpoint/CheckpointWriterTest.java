package io.latentsync.nn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.networks.WhisperConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointWriterTest {
  private static final float[] VALUES = {0, 1, -2.5f, 65504, 6.1035156e-5f, 0.333f};

  @TempDir private Path folder;

  @Test
  void safetensorsComeBackAsWritten() throws IOException {
    Path file = folder.resolve("new folder/weights.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      SortedMap<String, Content> tensors = weights(manager, DataType.FLOAT32);
      tensors.put("step", Content.of(manager.create(new long[] {1L << 40}), DataType.INT64));
      CheckpointWriter.safetensors(file, tensors);
      try (Checkpoint read = Checkpoint.open(file)) {
        assertThat(read.tensors().keySet()).containsExactly("a.weight", "b", "step");
        assertThat(read.read(manager, "a.weight").getShape()).isEqualTo(new Shape(2, 3));
        assertThat(read.read(manager, "a.weight").toFloatArray()).isEqualTo(VALUES);
        assertThat(read.read(manager, "step").toLongArray()).containsExactly(1L << 40);
      }
    }
  }

  @Test
  void unetComesBackInThePublishedLayout() throws IOException {
    Path file = folder.resolve("unet.pt");
    try (NDManager manager = NDManager.newBaseManager()) {
      CheckpointWriter.unet(file, 5_000_000_000L, weights(manager, DataType.FLOAT16));
      try (Checkpoint read = Checkpoint.open(file)) {
        assertThat(read.scalars().get("global_step").longValue()).isEqualTo(5_000_000_000L);
        Checkpoint state = read.section("state_dict");
        assertThat(state.tensors().get("a.weight"))
            .isEqualTo(new TensorInfo(TensorInfo.Type.FLOAT16, 2, 3));
        NDArray rounded = manager.create(VALUES).toType(DataType.FLOAT16, true);
        assertThat(state.read(manager, "a.weight").toType(DataType.FLOAT32, true).toFloatArray())
            .isEqualTo(rounded.toType(DataType.FLOAT32, true).toFloatArray());
      }
    }
  }

  @Test
  void whisperComesBackInThePublishedLayout() throws IOException {
    Path file = folder.resolve("tiny.pt");
    WhisperConfig config = new WhisperConfig(80, 1500, 16, 2, 1);
    try (NDManager manager = NDManager.newBaseManager()) {
      CheckpointWriter.whisper(file, config.dims(), weights(manager, DataType.FLOAT16));
      try (Checkpoint read = Checkpoint.open(file)) {
        assertThat(WhisperConfig.of(read)).isEqualTo(config);
        assertThat(read.section("model_state_dict").tensors()).containsKeys("a.weight", "b");
      }
    }
  }

  @Test
  void noOtherFilesAreLeft() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      Path file = folder.resolve("unet.pt");
      CheckpointWriter.unet(file, 1, weights(manager, DataType.FLOAT32));
      CheckpointWriter.unet(file, 2, weights(manager, DataType.FLOAT32));
      try (Stream<Path> files = Files.list(folder);
          Checkpoint read = Checkpoint.open(file)) {
        assertThat(files.toList()).isEqualTo(List.of(file));
        assertThat(read.scalars().get("global_step").intValue()).isEqualTo(2);
      }
    }
  }

  @Test
  void contentOfTheWrongLengthIsRefused() {
    assertThatThrownBy(
            () -> new Content(new TensorInfo(TensorInfo.Type.FLOAT32, 2, 3), new byte[20]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a tensor FLOAT32[2, 3] has 24 bytes, got 20");
  }

  private static SortedMap<String, Content> weights(NDManager manager, DataType type) {
    SortedMap<String, Content> weights = new TreeMap<>();
    weights.put("a.weight", Content.of(manager.create(VALUES, new Shape(2, 3)), type));
    weights.put("b", Content.of(manager.create(new float[] {4}), type));
    return weights;
  }
}
