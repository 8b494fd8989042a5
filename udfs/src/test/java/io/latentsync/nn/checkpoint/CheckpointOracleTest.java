package io.latentsync.nn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checkpoints that PyTorch and diffusers have written. */
@Tag("oracle")
class CheckpointOracleTest {

  @Test
  void everyTensorOfEveryFileCanBeRead() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : Oracles.folders("")) {
      try (Stream<Path> entries = Files.list(folder)) {
        entries
            .filter(path -> path.toString().matches(".*\\.(pt|model|safetensors)"))
            .forEach(files::add);
      }
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      try (Checkpoint checkpoint = Checkpoint.open(file);
          NDManager manager = NDManager.newBaseManager()) {
        assertThat(checkpoint.tensors()).as("%s", file).isNotEmpty();
        for (String name : checkpoint.tensors().keySet()) {
          TensorInfo info = checkpoint.tensors().get(name);
          assertThat(checkpoint.data(name).remaining()).isEqualTo((int) info.bytes());
          try (NDArray tensor = checkpoint.read(manager, name)) {
            assertThat(tensor.getShape().getShape())
                .as("%s %s", file, name)
                .isEqualTo(info.shape());
          }
        }
      }
    }
  }

  @Test
  void unetIsUnderStateDictNextToItsGlobalStep() throws IOException {
    for (Path folder : Oracles.folders("unet_")) {
      JsonNode config = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
      try (Checkpoint file = Checkpoint.open(folder.resolve("unet.pt"))) {
        assertThat(file.scalars()).containsKey("global_step");
        Checkpoint unet = file.section("state_dict");
        assertThat(unet.tensors()).hasSameSizeAs(file.tensors());
        assertThat(unet.tensors().get("conv_in.weight").shape()[1])
            .isEqualTo(config.findValue("in_channels").asLong());
      }
    }
  }

  @Test
  void whisperHasItsSizesAsNumbers() throws IOException {
    for (Path folder : Oracles.folders("whisper_")) {
      for (Path path : files(folder, ".pt")) {
        try (Checkpoint file = Checkpoint.open(path)) {
          Checkpoint dims = file.section("dims");
          Checkpoint encoder = file.section("model_state_dict").section("encoder");
          assertThat(encoder.tensors().get("positional_embedding").shape())
              .containsExactly(
                  dims.scalars().get("n_audio_ctx").longValue(),
                  dims.scalars().get("n_audio_state").longValue());
        }
      }
    }
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(path -> path.toString().endsWith(ending)).sorted().toList();
    }
  }
}
