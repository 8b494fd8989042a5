package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.hash.Hashing;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tensors of configurations, and invalid configurations. */
class NetworkConfigTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ObjectNode stage2() throws IOException {
    return (ObjectNode)
        new YAMLMapper().readTree(Files.readString(CONF.resolve("unet/stage2.yaml"))).get("model");
  }

  private static ObjectNode autoencoder() throws IOException {
    return (ObjectNode)
        JSON.readTree(
            """
            {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 2,
             "block_out_channels": [128, 256, 512, 512], "norm_num_groups": 32, "act_fn": "silu",
             "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D",
               "DownEncoderBlock2D", "DownEncoderBlock2D"],
             "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D",
               "UpDecoderBlock2D", "UpDecoderBlock2D"]}
            """);
  }

  private static SortedMap<String, String> printed(SortedMap<String, long[]> tensors) {
    SortedMap<String, String> all = new TreeMap<>();
    tensors.forEach(
        (name, shape) -> all.put(name, new TensorInfo(TensorInfo.Type.UINT8, shape).toString()));
    return all;
  }

  private static SortedMap<String, long[]> shapes(JsonNode tensors) {
    SortedMap<String, long[]> all = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : tensors.properties()) {
      all.put(
          entry.getKey(),
          StreamSupport.stream(entry.getValue().spliterator(), false)
              .mapToLong(JsonNode::asLong)
              .toArray());
    }
    return all;
  }

  /** One test for each file of the oracles that lists a published checkpoint's tensors. */
  private static Stream<DynamicTest> published(
      String glob, Function<JsonNode, SortedMap<String, long[]>> expected, String prefix)
      throws IOException {
    try (Stream<Path> files = Files.list(Oracles.root())) {
      return files
          .filter(file -> file.getFileName().toString().matches(glob))
          .sorted()
          .toList()
          .stream()
          .map(
              file ->
                  dynamicTest(
                      file.getFileName().toString(),
                      () -> {
                        JsonNode keys = JSON.readTree(Files.readString(file));
                        SortedMap<String, long[]> listed = shapes(keys.get("tensors"));
                        listed.keySet().removeIf(name -> !name.startsWith(prefix));
                        assertThat(printed(expected.apply(keys))).isEqualTo(printed(listed));
                      }));
    }
  }

  @TestFactory
  @Tag("oracle")
  Stream<DynamicTest> tensorsOfTheUnetAreThoseOfThePublishedCheckpoints() throws IOException {
    return published(
        "keys_unet_.*\\.json", keys -> UNet3dConfig.parse(keys.get("config")).tensors(), "");
  }

  @TestFactory
  @Tag("oracle")
  Stream<DynamicTest> tensorsOfTheAutoencoderAreThoseOfThePublishedCheckpoint() throws IOException {
    return published(
        "keys_vae_.*\\.json", keys -> AutoencoderKlConfig.parse(keys.get("config")).tensors(), "");
  }

  @TestFactory
  @Tag("oracle")
  Stream<DynamicTest> tensorsOfTheWhisperEncoderAreThoseOfThePublishedCheckpoint()
      throws IOException {
    return published(
        "keys_whisper_.*\\.json",
        keys -> {
          JsonNode dims = keys.get("dims");
          return new WhisperConfig(
                  dims.get("n_mels").asInt(),
                  dims.get("n_audio_ctx").asInt(),
                  dims.get("n_audio_state").asInt(),
                  dims.get("n_audio_head").asInt(),
                  dims.get("n_audio_layer").asInt())
              .tensors();
        },
        "encoder.");
  }

  /** The tensors of a published network. */
  private static SortedMap<String, long[]> tensors(String network) throws IOException {
    return switch (network) {
      case "vae_sd_ft_mse" -> AutoencoderKlConfig.parse(autoencoder()).tensors();
      case "whisper_tiny" -> new WhisperConfig(80, 1500, 384, 6, 4).tensors();
      case "syncnet_v2" ->
          new SyncNetConfig(
                  List.of(64, 192, 384, 256, 256, 512),
                  List.of(96, 256, 256, 256, 256, 512),
                  512,
                  512,
                  1024)
              .tensors();
      default -> UNet3dConfig.parse(shipped(network).get("model")).tensors();
    };
  }

  private static JsonNode shipped(String unet) throws IOException {
    return new YAMLMapper().readTree(Files.readString(CONF.resolve("unet/" + unet + ".yaml")));
  }

  /**
   * The published checkpoints' tensors (of whisper the encoder's, of SyncNet without the counters
   * of its training): their number, and the SHA-256 of their names and shapes, one per line.
   */
  @ParameterizedTest
  @CsvSource({
    "stage2, 1246, 1ea2a2efabbe25f129f72138ae2eabaefa095d42483c68fbbd502b1ade10628c",
    "stage2_512, 1246, 1ea2a2efabbe25f129f72138ae2eabaefa095d42483c68fbbd502b1ade10628c",
    "stage2_efficient, 1022, a4c3117dd04b1de42246038b8170bab46016934c1b21b060cda80ec476290370",
    "vae_sd_ft_mse, 248, 5a0ba4e758a914142de788cfdc978a9e45274c037ef49e4aeac28723907be7c6",
    "whisper_tiny, 67, 0ba6164fa4e3d5eefe984c2ac9508a3bf0203ef0c98cb010ab4a9542901cc6af",
    "syncnet_v2, 88, fbf818d1bd07be3b49b36be3e171da7bfe938d402c80169531d7dbb1e9597da4"
  })
  void tensorsAreThoseOfThePublishedCheckpoint(String network, int count, String digest)
      throws IOException {
    SortedMap<String, long[]> tensors = tensors(network);
    assertThat(tensors).hasSize(count);
    StringBuilder lines = new StringBuilder();
    tensors.forEach(
        (name, shape) ->
            lines.append(name).append(' ').append(Arrays.toString(shape)).append('\n'));
    assertThat(Hashing.sha256().hashString(lines, StandardCharsets.UTF_8)).hasToString(digest);
  }

  @ParameterizedTest
  @CsvSource({"stage2, 256, false", "stage2_512, 512, false", "stage2_efficient, 256, true"})
  void shippedUnetConfigDescribesThePublishedNetwork(
      String name, int resolution, boolean motionInDecoderOnly) throws IOException {
    JsonNode shipped = shipped(name);
    assertThat(UNet3dConfig.parse(shipped.get("model")))
        .isEqualTo(
            new UNet3dConfig(
                13,
                4,
                List.of(320, 640, 1280, 1280),
                List.of(true, true, true, false),
                List.of(false, true, true, true),
                2,
                8,
                384,
                true,
                32,
                1e-5,
                Optional.of(
                    new UNet3dConfig.Motion(
                        List.of(1, 2, 4, 8), false, motionInDecoderOnly, 8, 1, 2, 1, true, 24))));
    assertThat(shipped.get("data").get("resolution").asInt()).isEqualTo(resolution);
  }

  @Test
  void midBlockAndDeeperMotionModulesHaveTheirTensors() throws IOException {
    ObjectNode model = stage2();
    model.put("motion_module_mid_block", true);
    ObjectNode motion = (ObjectNode) model.get("motion_module_kwargs");
    motion.put("num_transformer_block", 2);
    motion.withArray("attention_block_types").add("Temporal_Self");
    String middle = "mid_block.motion_modules.0.temporal_transformer.transformer_blocks.1.";
    assertThat(UNet3dConfig.parse(model).tensors())
        .containsKeys(
            middle + "attention_blocks.2.pos_encoder.pe",
            middle + "norms.2.weight",
            middle + "ff.net.0.proj.weight")
        .doesNotContainKey(middle + "attention_blocks.3.to_q.weight");
  }

  @Test
  void unetWithoutMotionModulesNeedsNoSettingsOfMotionModules() throws IOException {
    ObjectNode model = stage2();
    model.put("use_motion_module", false);
    model.remove("motion_module_kwargs");
    UNet3dConfig config = UNet3dConfig.parse(model);
    assertThat(config.tensors().keySet()).noneMatch(name -> name.contains("motion_modules"));
    assertThat(config.maxFrames()).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "in_channels",
        "out_channels",
        "block_out_channels",
        "down_block_types",
        "up_block_types",
        "layers_per_block",
        "attention_head_dim",
        "cross_attention_dim",
        "add_audio_layer",
        "norm_num_groups",
        "norm_eps",
        "use_motion_module",
        "motion_module_kwargs"
      })
  void missingFieldOfTheUnetIsNamed(String field) throws IOException {
    ObjectNode model = stage2();
    model.remove(field);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UNet3dConfig.parse(model))
        .withMessageContaining("model." + field + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cross_attention_dim | 0 | model.cross_attention_dim is 0; it must be a whole number",
        "attention_head_dim | [8, 8] | model.attention_head_dim is [8,8]; it must be",
        "attention_head_dim | 7 | a divisor of each value of block_out_channels",
        "norm_num_groups | 48 | model.norm_num_groups is 48; it must be a divisor",
        "block_out_channels | [320, 640] | model.down_block_types is a list of 4; it must be",
        "down_block_types | [\"AttnBlock\"] | CrossAttnDownBlock3D or DownBlock3D",
        "act_fn | \"gelu\" | model.act_fn is \"gelu\"; it must be silu",
        "use_linear_projection | true | model.use_linear_projection is true; it must be false",
        "freq_shift | 1 | model.freq_shift is 1; it must be 0",
        "use_motion_module | 1 | model.use_motion_module is 1; it must be true or false",
        "norm_eps | -1 | model.norm_eps is -1; it must be a number above 0"
      })
  void wrongFieldOfTheUnetIsNamedWithItsValue(String field, String value, String message)
      throws IOException {
    ObjectNode model = stage2();
    model.set(field, JSON.readTree(value));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UNet3dConfig.parse(model))
        .withMessageContaining(message);
  }

  @Test
  void unknownMotionAttentionIsNamedWithItsField() throws IOException {
    ObjectNode model = stage2();
    ((ObjectNode) model.get("motion_module_kwargs"))
        .withArray("attention_block_types")
        .add("Temporal_Cross");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UNet3dConfig.parse(model))
        .withMessageContaining("model.motion_module_kwargs.attention_block_types is ")
        .withMessageContaining("Temporal_Cross");
  }

  @Test
  void configThatIsNotAMappingIsRefused() throws IOException {
    JsonNode text = JSON.readTree("\"stage2\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UNet3dConfig.parse(text))
        .withMessageContaining("model is missing or not a mapping");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "latent_channels | null | latent_channels is missing",
        "act_fn | \"relu\" | act_fn is \"relu\"; it must be silu",
        "up_block_types | [\"UpDecoderBlock2D\"] | up_block_types is a list of 1; it must be a list of 4",
        "norm_num_groups | 3 | norm_num_groups is 3; it must be a divisor"
      })
  void wrongFieldOfTheAutoencoderIsNamed(String field, String value, String message)
      throws IOException {
    ObjectNode config = autoencoder();
    config.set(field, JSON.readTree(value));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AutoencoderKlConfig.parse(config))
        .withMessageContaining(message);
  }

  @Test
  void fileThatIsNotAWhisperCheckpointIsRefused(@TempDir Path temporary) throws IOException {
    Path other = new GoldenData(temporary).vae().resolve(GoldenData.VAE_WEIGHTS);
    try (Checkpoint checkpoint = Checkpoint.open(other)) {
      assertThatThrownBy(() -> WhisperConfig.of(checkpoint))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(GoldenData.VAE_WEIGHTS)
          .hasMessageContaining("dims.n_mels is missing");
    }
  }
}
