package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The peaks were measured with PyTorch 2.13: the networks' TorchScript ran in FLOAT16 on the device
 * "meta", with the published sizes; a dispatch mode added the bytes of each new storage and
 * subtracted them when it was freed. Storages of weights and inputs were left out, and
 * scaled_dot_product_attention was replaced by an operator with a result of its size.
 */
final class ActivationPeakTest {
  private static final int HALF = 2;
  private static final int CHUNK = 16;
  private static final AutoencoderKlConfig VAE =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  private static UNet3dConfig unet;

  @BeforeAll
  static void published() throws IOException {
    Path conf = Path.of(System.getProperty("conf.dir", "../conf")).resolve("unet/stage2.yaml");
    ObjectMapper yaml = new YAMLMapper();
    unet = UNet3dConfig.parse(yaml.readTree(conf.toFile()).get("model"));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 231303680",
    "2, 32, 462607360",
    "4, 32, 925214720",
    "8, 32, 1850429440",
    "1, 64, 923363840",
    "2, 64, 1846727680"
  })
  void theUNetsPeakEqualsPyTorchs(int batch, int side, long bytes) {
    assertThat(HALF * ActivationPeak.denoise(unet, batch, CHUNK, side))
        .isCloseTo(bytes, withPercentage(5));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 256, 100679680, 51118336",
    "4, 256, 402718720, 204472832",
    "16, 256, 1610874880, 817891328",
    "1, 512, 402718720, 204472576",
    "16, 512, 6443499520, 3271559168"
  })
  void theAutoencodersPeaksEqualPyTorchs(int pictures, int side, long decode, long encode) {
    assertThat(HALF * ActivationPeak.decode(VAE, pictures, side))
        .isCloseTo(decode, withPercentage(5));
    assertThat(HALF * ActivationPeak.encode(VAE, pictures, side))
        .isCloseTo(encode, withPercentage(5));
  }

  /** Compared with the memory that libtorch allocated on a CPU in a step at 256 pixels. */
  @Test
  void checkpointsNeedAThirdOfTheMemoryForAChunk() {
    long plain = 4 * ActivationPeak.trainDecoder(VAE, 1, 256, false);
    long checkpointed = 4 * ActivationPeak.trainDecoder(VAE, 1, 256, true);
    assertThat(plain).isCloseTo(1_580_000_000L, withPercentage(15));
    assertThat(checkpointed).isCloseTo(694_000_000L, withPercentage(15));
    assertThat(ActivationPeak.trainDecoder(VAE, CHUNK, 256, false))
        .isGreaterThan(3 * ActivationPeak.trainDecoder(VAE, CHUNK, 256, true));
    assertThat(ActivationPeak.trainDenoiser(unet, 1, CHUNK, 32, false))
        .isGreaterThan(3 * ActivationPeak.trainDenoiser(unet, 1, CHUNK, 32, true));
  }

  /**
   * A published figure of 3.0 GiB counts the linear layers' weights, which PyTorch's views show.
   */
  @Test
  void withTheLinearWeightsAChunkWithGuidanceAt512TakesThreeGib() {
    long linear =
        unet.tensors().entrySet().stream()
            .filter(tensor -> tensor.getKey().endsWith(".weight") && tensor.getValue().length == 2)
            .mapToLong(tensor -> tensor.getValue()[0] * tensor.getValue()[1])
            .sum();
    long values = ActivationPeak.denoise(unet, 2, CHUNK, 64) + linear;
    assertThat(HALF * values / (double) (1 << 30)).isCloseTo(2.96, withPercentage(5));
  }
}
