package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Hostile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations of networks that are too large for any machine. */
@Timeout(Hostile.SECONDS)
final class HostileConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static void assertRefused(Hostile.Action action, String message) throws Exception {
    long allocated =
        Hostile.allocated(
            () ->
                assertThatThrownBy(action::run)
                    .isInstanceOfAny(IllegalArgumentException.class, IOException.class)
                    .hasMessageEndingWith(message));
    assertThat(allocated).isLessThan(Hostile.BYTES);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "in_channels | 257 | a whole number from 1 to 256",
        "out_channels | 2147483647 | a whole number from 1 to 256",
        "block_out_channels | [16385] | a list of 1 to 8 whole numbers from 1 to 16384",
        "block_out_channels | [1,1,1,1,1,1,1,1,1] | a list of 1 to 8 whole numbers from 1 to 16384",
        "block_out_channels | {\"a\":1} | a list of 1 to 8 whole numbers from 1 to 16384",
        "layers_per_block | 2147483647 | a whole number from 1 to 16",
        "layers_per_block | 4294967297 | a whole number from 1 to 16",
        "layers_per_block | 17 | a whole number from 1 to 16",
        "attention_head_dim | 65536 | a whole number from 1 to 1024",
        "cross_attention_dim | 1073741824 | a whole number from 1 to 16384",
        "norm_num_groups | 2147483647 | a whole number from 1 to 16384",
        "norm_eps | 1e999 | a number above 0 and below 1",
        "norm_eps | 1 | a number above 0 and below 1",
        "motion_module_resolutions | [2147483647] | a list of 1 to 8 whole numbers from 1 to 128",
        "motion_module_kwargs.num_attention_heads | 65536 | a whole number from 1 to 1024",
        "motion_module_kwargs.num_transformer_block | 2147483647 | a whole number from 1 to 8",
        "motion_module_kwargs.temporal_attention_dim_div | 65536 | a whole number from 1 to 1024",
        "motion_module_kwargs.temporal_position_encoding_max_len | 2147483647 |"
            + " a whole number from 1 to 4096"
      })
  void sizesOfTheUnetHaveRanges(String field, String value, String right) throws Exception {
    ObjectNode model = GoldenData.unetConfig(GoldenData.FULL).deepCopy();
    JsonNode wrong = JSON.readTree(value);
    int dot = field.indexOf('.');
    ObjectNode section = dot < 0 ? model : (ObjectNode) model.get(field.substring(0, dot));
    section.set(field.substring(dot + 1), wrong);
    assertRefused(
        () -> UNet3dConfig.parse(model),
        "model.%s is %s; it must be %s".formatted(field, wrong, right));
  }

  @Test
  void headsTimesDivisorDoNotOverflow() throws Exception {
    ObjectNode model = GoldenData.unetConfig(GoldenData.FULL).deepCopy();
    ObjectNode motion = (ObjectNode) model.get("motion_module_kwargs");
    motion.put("num_attention_heads", 1024).put("temporal_attention_dim_div", 1024);
    assertRefused(
        () -> UNet3dConfig.parse(model),
        "model.motion_module_kwargs.num_attention_heads is 1048576; it must be a divisor of each"
            + " value of block_out_channels");
  }

  @Test
  void longValuesAreTruncatedInMessages() {
    ObjectNode model = GoldenData.unetConfig(GoldenData.FULL).deepCopy();
    model.put("layers_per_block", "x".repeat(900_000));
    assertThatThrownBy(() -> UNet3dConfig.parse(model))
        .hasMessageStartingWith("model.layers_per_block is \"xxx")
        .hasMessageEndingWith("x…; it must be a whole number from 1 to 16")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void theTensorsOfTheLargestAcceptedNetworkAreListedQuickly() throws Exception {
    ObjectNode model = GoldenData.unetConfig(GoldenData.FULL).deepCopy();
    for (String list : new String[] {"block_out_channels", "down_block_types", "up_block_types"}) {
      model.putArray(list);
    }
    for (int i = 0; i < SizeLimits.LEVELS; i++) {
      model.withArray("block_out_channels").add(SizeLimits.WIDTH);
      model.withArray("down_block_types").add("CrossAttnDownBlock3D");
      model.withArray("up_block_types").add("CrossAttnUpBlock3D");
      model.withArray("motion_module_resolutions").add(1 << i);
    }
    model.putArray("motion_module_resolutions");
    for (int i = 0; i < SizeLimits.LEVELS; i++) {
      model.withArray("motion_module_resolutions").add(1 << i);
    }
    model.put("layers_per_block", SizeLimits.LAYERS).put("motion_module_decoder_only", false);
    ObjectNode motion = (ObjectNode) model.get("motion_module_kwargs");
    motion.put("num_transformer_block", SizeLimits.BLOCKS);
    motion.putArray("attention_block_types");
    for (int i = 0; i < SizeLimits.BLOCKS; i++) {
      motion.withArray("attention_block_types").add("Temporal_Self");
    }
    UNet3dConfig config = UNet3dConfig.parse(model);
    long allocated = Hostile.allocated(() -> assertThat(config.tensors()).isNotEmpty());
    assertThat(allocated).isLessThan(Hostile.BYTES);
    assertThat(config.kinds()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "in_channels | 2147483647 | 3 (nothing else is supported)",
        "out_channels | 4 | 3 (nothing else is supported)",
        "latent_channels | 1073741824 | a whole number from 1 to 256",
        "layers_per_block | 2147483647 | a whole number from 1 to 16",
        "block_out_channels | [1073741824] | a list of 1 to 8 whole numbers from 1 to 16384",
        "norm_num_groups | 0 | a whole number from 1 to 16384"
      })
  void sizesOfTheAutoencoderHaveRanges(String field, String value, String right) throws Exception {
    ObjectNode config =
        (ObjectNode) JSON.readTree(new GoldenData(folder).vae().resolve("config.json").toFile());
    JsonNode wrong = JSON.readTree(value);
    config.set(field, wrong);
    assertRefused(
        () -> AutoencoderKlConfig.parse(config),
        "%s is %s; it must be %s".formatted(field, wrong, right));
  }

  @ParameterizedTest
  @CsvSource({
    "n_mels, 128, 80 (nothing else is supported)",
    "n_audio_ctx, 2147483647, 1500 (nothing else is supported)",
    "n_audio_state, 1073741824, a whole number from 1 to 16384",
    "n_audio_head, 2147483647, a whole number from 1 to 1024",
    "n_audio_layer, 2147483647, a whole number from 1 to 64",
    "n_audio_layer, 0, a whole number from 1 to 64",
    "n_audio_layer, -1, a whole number from 1 to 64"
  })
  void sizesOfTheAudioEncoderHaveRanges(String field, int value, String right) throws Exception {
    Map<String, Integer> dims = new LinkedHashMap<>(GoldenData.whisperConfig().dims());
    dims.put(field, value);
    Path file = folder.resolve("whisper.pt");
    CheckpointWriter.whisper(file, dims, new TreeMap<>());
    String problem = "%s is %d; it must be %s".formatted(field, value, right);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertRefused(
          () -> WhisperConfig.of(checkpoint),
          file + ": is not a usable Whisper checkpoint: dims." + problem);
    }
    assertRefused(() -> WhisperConfig.parse(JSON.valueToTree(dims)), problem);
  }

  @Test
  void aHostileWhisperIsRefused() throws Exception {
    Path file = Hostile.file("whisper_n_audio_layer_2147483647.pt");
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThatThrownBy(() -> WhisperConfig.of(checkpoint))
          .isInstanceOf(CheckpointException.class)
          .hasMessageEndingWith(
              "dims.n_audio_layer is 2147483647; it must be a whole number from 1 to 64");
    }
  }

  @Test
  void longFilesAreRefusedByTheirLength() throws Exception {
    Path file = Files.write(folder.resolve("long.yaml"), new byte[1_000_001]);
    String problem =
        file + ": is longer than 1 MB (1000000 bytes), the maximum length of a configuration";
    assertRefused(() -> ConfigText.read(file), problem);
    Path sparse = folder.resolve("sparse.yaml");
    try (RandomAccessFile made = new RandomAccessFile(sparse.toFile(), "rw")) {
      made.setLength(1L << 40);
    }
    assertRefused(
        () -> ConfigText.read(sparse), problem.replace(file.toString(), sparse.toString()));
    Path whole = Files.writeString(folder.resolve("whole.yaml"), "x".repeat(1_000_000));
    assertThat(ConfigText.read(whole)).hasSize(1_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/zero", "/dev/null", "pipe"})
  void pathsThatAreNotFilesAreNotOpened(String name) throws Exception {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    }
    assertRefused(
        () -> ConfigText.read(file), file + ": is a device, pipe or socket, but must be a file");
    assertRefused(() -> ConfigText.read(folder), folder + ": is a folder, but must be a file");
  }

  @Test
  void otherEncodingsAreRefused() throws Exception {
    Path file = folder.resolve("latin.yaml");
    Files.write(file, "# Größe".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(
        () -> ConfigText.read(file),
        file + ": is not text in UTF-8; save the file in that encoding");
  }
}
