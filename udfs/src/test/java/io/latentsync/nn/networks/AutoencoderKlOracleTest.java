package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.jna.NativeLibrary;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.TensorFiles;
import io.latentsync.testing.Distances;
import io.latentsync.testing.Formula;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Compares the autoencoder with diffusers' outputs, for small random networks. */
class AutoencoderKlOracleTest {
  private static final float TOLERANCE = 1e-4f;
  private static final String WEIGHTS = GoldenData.VAE_WEIGHTS;

  @TempDir private Path temporary;

  private static JsonNode config(Path folder) throws IOException {
    return new ObjectMapper().readTree(Files.readString(folder.resolve("config.json")));
  }

  private static AutoencoderKl load(Path folder, Path weights) throws IOException {
    return load(folder, weights, 1);
  }

  private static AutoencoderKl load(Path folder, Path weights, int picturesPerCall)
      throws IOException {
    AutoencoderKlConfig config = AutoencoderKlConfig.parse(config(folder));
    try (Checkpoint checkpoint = Checkpoint.open(weights)) {
      return AutoencoderKl.load(
          config, checkpoint, Device.cpu(), DataType.FLOAT32, picturesPerCall);
    }
  }

  @TestFactory
  @Tag("oracle")
  Stream<DynamicTest> encodingAndDecodingEqualTheReference() {
    return Oracles.folders("vae_").stream()
        .map(
            folder ->
                dynamicTest(
                    folder.getFileName().toString(),
                    () -> {
                      try (AutoencoderKl vae = load(folder, folder.resolve(WEIGHTS));
                          Checkpoint io = Checkpoint.open(folder.resolve("io.safetensors"));
                          NDManager manager = NDManager.newBaseManager()) {
                        AutoencoderKl.Posterior posterior = vae.encode(io.read(manager, "image"));
                        NDArray fromSample = vae.decode(io.read(manager, "latent_sample"));
                        NDArray fromMode = vae.decode(io.read(manager, "mean"));
                        assertThat(Distances.largest(posterior.mean(), io.read(manager, "mean")))
                            .isLessThan(TOLERANCE);
                        assertThat(
                                Distances.largest(posterior.logvar(), io.read(manager, "logvar")))
                            .isLessThan(TOLERANCE);
                        assertThat(
                                Distances.largest(
                                    fromSample, io.read(manager, "decoded_from_sample")))
                            .isLessThan(TOLERANCE);
                        assertThat(
                                Distances.largest(fromMode, io.read(manager, "decoded_from_mode")))
                            .isLessThan(TOLERANCE);
                      }
                    }));
  }

  /** The VAE of the golden data. */
  private Path golden() throws IOException {
    return new GoldenData(temporary).vae();
  }

  private static NDArray images(NDManager manager) {
    return Formula.array(manager, "image", 1, 2, 3, 64, 48);
  }

  @Test
  void olderNamingOfTheAttentionsGivesTheSameBits() throws IOException {
    Path folder = golden();
    Path older = withOlderNames(folder.resolve(WEIGHTS));
    try (AutoencoderKl vae = load(folder, folder.resolve(WEIGHTS));
        AutoencoderKl same = load(folder, older);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray image = images(manager).get(":1");
      assertThat(same.encode(image).mean().toFloatArray())
          .isEqualTo(vae.encode(image).mean().toFloatArray());
    }
  }

  /** The published file's names, and its linear weights as 1×1 convolutions. */
  private Path withOlderNames(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int data = 8 + Math.toIntExact(bytes.getLong(0));
    ObjectMapper json = new ObjectMapper();
    ObjectNode header = json.createObjectNode();
    for (Map.Entry<String, JsonNode> entry : json.readTree(content, 8, data - 8).properties()) {
      String name = entry.getKey();
      ObjectNode tensor = (ObjectNode) entry.getValue();
      if (name.matches(".*\\.attentions\\.0\\.to_.*\\.weight")) {
        tensor.withArray("shape").add(1).add(1);
      }
      header.set(
          name.replace(".to_q.", ".query.")
              .replace(".to_k.", ".key.")
              .replace(".to_v.", ".value.")
              .replace(".to_out.0.", ".proj_attn."),
          tensor);
    }
    assertThat(header.toString()).contains("proj_attn").doesNotContain("to_q");
    return TensorFiles.safetensors(
        temporary.resolve("older.safetensors"),
        header.toString(),
        Arrays.copyOfRange(content, data, content.length));
  }

  @Test
  void aSinglePictureGivesTheSameBitsAsInABatch() throws IOException {
    Path folder = golden();
    try (AutoencoderKl vae = load(folder, folder.resolve(WEIGHTS));
        NDManager manager = NDManager.newBaseManager()) {
      NDArray images = images(manager);
      NDArray latents = Formula.array(manager, "latent", Formula.UNIT, 2, 4, 8, 6);
      NDArray encoded = vae.encode(images).mean();
      NDArray decoded = vae.decode(latents);
      for (long i = 0; i < images.getShape().get(0); i++) {
        String one = i + ":" + (i + 1);
        assertThat(vae.encode(images.get(one)).mean().toFloatArray())
            .isEqualTo(encoded.get(i).toFloatArray());
        assertThat(vae.decode(latents.get(one)).toFloatArray())
            .isEqualTo(decoded.get(i).toFloatArray());
      }
    }
  }

  @Test
  void theNumberOfPicturesPerCallDoesNotChangeTheResults() throws IOException {
    Path folder = golden();
    try (AutoencoderKl alone = load(folder, folder.resolve(WEIGHTS));
        AutoencoderKl together = load(folder, folder.resolve(WEIGHTS), 3);
        NDManager manager = NDManager.newBaseManager()) {
      for (int count : new int[] {1, 2, 3, 4, 7}) {
        NDArray images = Formula.array(manager, "images", 1, count, 3, 32, 32);
        NDArray latents = Formula.array(manager, "latents", Formula.UNIT, count, 4, 8, 6);
        NDArray encoded = together.encode(images).mean();
        NDArray decoded = together.decode(latents);
        assertThat(encoded.getShape().get(0)).isEqualTo(count);
        assertThat(Distances.largest(encoded, alone.encode(images).mean())).isLessThan(1e-5f);
        assertThat(Distances.largest(decoded, alone.decode(latents))).isLessThan(1e-5f);
        // The call is padded, so the first picture has the same bits as in a full call.
        assertThat(together.decode(latents.get("0:1")).toFloatArray())
            .isEqualTo(decoded.get(0).toFloatArray());
      }
    }
  }

  /** The promise of {@code --enable_vae_slicing}, on a CPU. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryDoesNotGrowWithTheNumberOfPictures() throws IOException {
    Path folder = golden();
    try (AutoencoderKl vae = load(folder, folder.resolve(WEIGHTS));
        NDManager manager = NDManager.newBaseManager()) {
      NDArray pictures = manager.zeros(new Shape(8, 3, 512, 512));
      NDArray latents = manager.zeros(new Shape(8, vae.config().latentChannels(), 64, 64));
      // One picture needs at least the feature maps before and after a layer of full size. The
      // feature maps of eight pictures exceed the limit.
      long maps = 2L * vae.config().blockOutChannels().get(0) * 512 * 512 * Float.BYTES / 1024;
      // The decoded pictures, which exist twice during their concatenation.
      long decoded = 2L * pictures.size() * Float.BYTES / 1024;
      long one = Math.max(maps, memory(() -> vae.encode(pictures.get("0:1"))));
      assertThat(memory(() -> vae.encode(pictures))).as("encoding").isLessThan(3 * one);
      one = Math.max(maps, memory(() -> vae.decode(latents.get("0:1"))));
      assertThat(memory(() -> vae.decode(latents))).as("decoding").isLessThan(3 * one + decoded);
    }
  }

  /** The peak growth of the process in KiB while some work is done for the second time. */
  private static long memory(Runnable work) throws IOException {
    work.run(); // libtorch compiles each new shape.
    // Returns free memory to the system, because the work could use it without growth.
    NativeLibrary.getProcess().getFunction("malloc_trim").invokeInt(new Object[] {0L});
    // Resets the peak size.
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    long before = kibibytes("VmRSS");
    work.run();
    return kibibytes("VmHWM") - before;
  }

  private static long kibibytes(String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(l -> l.startsWith(name + ":")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", ""));
    }
  }

  @Test
  void checkpointOfAnotherConfigIsRefusedWithTheTensorsNamed() throws IOException {
    Path folder = golden();
    ObjectNode wider = (ObjectNode) config(folder);
    wider.put("latent_channels", wider.get("latent_channels").asInt() + 1);
    wider.put("use_quant_conv", false);
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(WEIGHTS))) {
      assertThatThrownBy(
              () ->
                  AutoencoderKl.load(
                      AutoencoderKlConfig.parse(wider), checkpoint, Device.cpu(), DataType.FLOAT32))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("superfluous: quant_conv.bias")
          .hasMessageContaining("decoder.conv_in.weight");
    }
  }
}
