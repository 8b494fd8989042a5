package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.PredictionType;
import io.latentsync.testing.Hostile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelConfigTest {
  private static final Path CONFIGS = Path.of(System.getProperty("conf.dir"), "unet");

  @TempDir Path folder;

  private Path changed(String from, String to) throws IOException {
    String text = Files.readString(CONFIGS.resolve("stage2.yaml"));
    assertThat(text).contains(from);
    return Files.writeString(folder.resolve("changed.yaml"), text.replace(from, to));
  }

  @Test
  void theShippedConfigsAreReadable() throws Exception {
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
  void wrongValuesAreNamedWithFileFieldAndTheValidValues() throws Exception {
    assertThatThrownBy(() -> ModelConfig.read(changed("resolution: 256", "resolution: 250")))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("changed.yaml", "data.resolution", "250", "multiple of 8");
    assertThatThrownBy(() -> ModelConfig.read(changed("num_frames: 16", "num_frames: none")))
        .hasMessageContainingAll("changed.yaml", "data.num_frames", "none");
    assertThatThrownBy(() -> ModelConfig.read(changed("cross_attention_dim", "cross")))
        .hasMessageContainingAll("changed.yaml", "cross_attention_dim");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resolution: 256 | resolution: 1073741824 | data.resolution is 1073741824; it must be a"
            + " multiple of 8 from 8 to 2048, such as 256 or 512",
        "resolution: 256 | resolution: 0 | data.resolution is 0; it must be a multiple of 8 from 8"
            + " to 2048, such as 256 or 512",
        "num_frames: 16 | num_frames: 2147483647 | data.num_frames is 2147483647; it must be a"
            + " whole number from 1 to 24, the number of frames that the motion modules support",
        "num_frames: 16 | num_frames: 25 | data.num_frames is 25; it must be a whole number from 1"
            + " to 24, the number of frames that the motion modules support",
        "audio_feat_length: [2, 2] | audio_feat_length: [2, 2147483647] | data.audio_feat_length is"
            + " [2,2147483647]; it must be two whole numbers from 0 to 100, such as [2, 2]: the"
            + " frames before and after its own whose speech a frame is conditioned on"
      })
  void sizesOfTheDataHaveRanges(String published, String wrong, String problem) throws Exception {
    Path file = changed(published, wrong);
    assertThatThrownBy(() -> ModelConfig.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "f_layers_per_block_max.yaml | model.layers_per_block is 2147483647; it must be a whole"
            + " number from 1 to 16",
        "heads_div_overflow.yaml | model.motion_module_kwargs.num_attention_heads is 65536; it must"
            + " be a whole number from 1 to 1024",
        "f_resolution_2e30.yaml | data.resolution is 1073741824; it must be a multiple of 8 from 8"
            + " to 2048, such as 256 or 512",
        "latin1.yaml | is not text in UTF-8; save the file in that encoding"
      })
  @Timeout(Hostile.SECONDS)
  void hostileConfigsAreRefused(String name, String problem) {
    Path file = Hostile.file(name);
    assertThatThrownBy(() -> ModelConfig.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": " + problem);
  }

  @Test
  @Timeout(Hostile.SECONDS)
  void aHostileVaeIsRefused() throws Exception {
    Path config = folder.resolve("config.json");
    Files.copy(Hostile.file("vae_layers_config.json"), config);
    assertThatThrownBy(() -> Models.vaeConfig(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(
            config
                + ": is not a VAE config: layers_per_block is 2147483647; it must be a whole number"
                + " from 1 to 16");
  }

  /** Short yaml that expands to a large document or exceeds a limit of the reader. */
  @ParameterizedTest
  @ValueSource(strings = {"anchors", "depth", "keys", "number", "control", "tag"})
  @Timeout(Hostile.SECONDS)
  void yamlThatExpandsOrBreaksTheReaderIsRefused(String kind) throws Exception {
    String text =
        switch (kind) {
          case "anchors" -> {
            StringBuilder yaml = new StringBuilder("a0: &a0 [x, x]\n");
            for (int i = 1; i < 60; i++) {
              yaml.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
            }
            yield yaml.toString();
          }
          case "depth" -> "a: " + "[".repeat(100_000);
          case "keys" -> "? ".repeat(100_000);
          case "number" -> "data: {resolution: " + "9".repeat(500_000) + "}";
          case "control" -> "a: \u0000";
          default -> "!!javax.script.ScriptEngineManager [x]";
        };
    Path file = Files.writeString(folder.resolve("yaml"), text);
    long allocated =
        Hostile.allocated(
            () ->
                assertThatThrownBy(() -> ModelConfig.read(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(file + ": ")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000)));
    assertThat(allocated).isLessThan(Hostile.BYTES);
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
  void aFileThatIsNotAConfigIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("text.yaml"), "just words");
    assertThatThrownBy(() -> ModelConfig.read(text)).hasMessageContaining("text.yaml");
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "model: [");
    assertThatThrownBy(() -> ModelConfig.read(broken)).hasMessageContaining("broken.yaml");
    Path empty = Files.writeString(folder.resolve("empty.yaml"), "");
    assertThatThrownBy(() -> ModelConfig.read(empty)).hasMessageContaining("empty.yaml");
  }

  @Test
  void brokenYamlIsRefusedInOneLineWithThePlace() throws IOException {
    Path file = Files.writeString(folder.resolve("broken.yaml"), "model:\n  a: 1\n - b\n");
    assertThatThrownBy(() -> ModelConfig.read(file))
        .hasMessage(
            "%s: is not valid yaml or json: while parsing a block mapping, expected <block end>, but"
                + " found '<block sequence start>' (line 3, column 2)",
            file);
  }
}
