package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.PredictionType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelConfigTest {
  private static final Path CONFIGS = Path.of(System.getProperty("conf.dir"), "unet");

  @TempDir Path folder;

  private Path changed(String from, String to) throws IOException {
    String text = Files.readString(CONFIGS.resolve("stage2.yaml"));
    assertThat(text).contains(from);
    return Files.writeString(folder.resolve("changed.yaml"), text.replace(from, to));
  }

  @Test
  void theConfigsThatWeShipAreReadable() throws Exception {
    assertThat(ModelConfig.read(CONFIGS.resolve("stage2.yaml")).resolution()).isEqualTo(256);
    ModelConfig large = ModelConfig.read(CONFIGS.resolve("stage2_512.yaml"));
    assertThat(large.resolution()).isEqualTo(512);
    assertThat(large.chunkFrames()).isEqualTo(16);
    ModelConfig efficient = ModelConfig.read(CONFIGS.resolve("stage2_efficient.yaml"));
    assertThat(efficient.unet().crossAttentionDim()).isEqualTo(384);
  }

  @Test
  void aModelBlockAloneHasDefaultSizes() throws Exception {
    String text = Files.readString(CONFIGS.resolve("stage2.yaml"));
    Path bare =
        Files.writeString(
            folder.resolve("model.yaml"), text.substring(text.indexOf("model:")).indent(0));
    ModelConfig config = ModelConfig.read(bare);
    assertThat(config.resolution()).isEqualTo(256);
    assertThat(config.chunkFrames()).isEqualTo(16);
    assertThat(config.context()).isEqualTo(AudioContext.REFERENCE);
  }

  @Test
  void theAudioContextComesFromTheConfig() throws Exception {
    assertThat(ModelConfig.read(CONFIGS.resolve("stage2.yaml")).context())
        .isEqualTo(new AudioContext(2, 2));
    String published = "audio_feat_length: [2, 2]";
    assertThat(ModelConfig.read(changed(published, "audio_feat_length: [0, 1]")).context())
        .isEqualTo(new AudioContext(0, 1));
    for (String wrong : List.of("[2]", "[2, -1]", "[1.5, 2]", "2", "[2, 2, 2]", "null")) {
      assertThatThrownBy(() -> ModelConfig.read(changed(published, "audio_feat_length: " + wrong)))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("changed.yaml", "data.audio_feat_length", "[2, 2]");
    }
  }

  @Test
  void wrongValuesAreNamedWithFileFieldAndWhatIsRight() throws Exception {
    assertThatThrownBy(() -> ModelConfig.read(changed("resolution: 256", "resolution: 250")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("changed.yaml", "data.resolution", "250", "multiple of 8");
    assertThatThrownBy(() -> ModelConfig.read(changed("num_frames: 16", "num_frames: none")))
        .hasMessageContainingAll("changed.yaml", "data.num_frames", "none");
    assertThatThrownBy(() -> ModelConfig.read(changed("cross_attention_dim", "cross")))
        .hasMessageContainingAll("changed.yaml", "cross_attention_dim");
  }

  @Test
  void thePredictionTypeIsNoiseUnlessTheConfigHasAnother() throws Exception {
    assertThat(ModelConfig.read(CONFIGS.resolve("stage2.yaml")).predictionType())
        .isEqualTo(PredictionType.EPSILON);
    String block = "scheduler: {prediction_type: %s}%n%nmodel:";
    assertThat(ModelConfig.read(changed("model:", block.formatted("sample"))).predictionType())
        .isEqualTo(PredictionType.SAMPLE);
    assertThatThrownBy(() -> ModelConfig.read(changed("model:", block.formatted("score"))))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("changed.yaml", "prediction_type", "score", "v_prediction");
  }

  @Test
  void aFileThatIsNoConfigIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("text.yaml"), "just words");
    assertThatThrownBy(() -> ModelConfig.read(text)).hasMessageContaining("text.yaml");
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "model: [");
    assertThatThrownBy(() -> ModelConfig.read(broken)).hasMessageContaining("broken.yaml");
    Path empty = Files.writeString(folder.resolve("empty.yaml"), "");
    assertThatThrownBy(() -> ModelConfig.read(empty)).hasMessageContaining("empty.yaml");
  }
}
