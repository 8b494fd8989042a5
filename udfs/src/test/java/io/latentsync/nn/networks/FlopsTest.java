package io.latentsync.nn.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class FlopsTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));
  private static final int ROWS = 50;
  private static final AutoencoderKlConfig VAE =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  private static UNet3dConfig stage2() throws IOException {
    return UNet3dConfig.parse(
        new YAMLMapper().readTree(Files.readString(CONF.resolve("unet/stage2.yaml"))).get("model"));
  }

  /**
   * Compares with MLCommons' counts for Stable Diffusion 1.5 at 512 pixels, in billions of
   * multiply-add operations: 147.4 and 281.1 for the two halves of the UNet (with 77 rows of text),
   * 1273.7 for the decoder (github.com/mlcommons/mobile_app_open, pull 917).
   */
  @Test
  void theCountOfStableDiffusionEqualsThePublishedCount() {
    UNet3dConfig unet =
        new UNet3dConfig(
            4,
            4,
            List.of(320, 640, 1280, 1280),
            List.of(true, true, true, false),
            List.of(false, true, true, true),
            2,
            8,
            768,
            true,
            32,
            1e-5,
            Optional.empty());
    assertThat(Flops.denoise(unet, 64, 77)).isCloseTo(2 * 428.5e9, Percentage.withPercentage(10));
    assertThat(Flops.decode(VAE, 512)).isCloseTo(2 * 1273.7e9, Percentage.withPercentage(10));
  }

  @Test
  void motionModulesAreCounted() throws IOException {
    ObjectNode still =
        (ObjectNode)
            new YAMLMapper()
                .readTree(Files.readString(CONF.resolve("unet/stage2.yaml")))
                .get("model");
    still.put("use_motion_module", false);
    double share =
        Flops.denoise(UNet3dConfig.parse(still), 32, ROWS) / Flops.denoise(stage2(), 32, ROWS);
    assertThat(share).isBetween(0.6, 0.8);
  }

  @Test
  void aShortPassOfDeepCacheIsASmallFractionOfAFullPass() throws IOException {
    double share = Flops.denoiseShort(stage2(), 32, ROWS) / Flops.denoise(stage2(), 32, ROWS);
    assertThat(share).isBetween(0.03, 0.2);
  }

  @Test
  void theWorkGrowsWithThePicturesAreaOrFaster() throws IOException {
    assertThat(Flops.denoise(stage2(), 64, ROWS) / Flops.denoise(stage2(), 32, ROWS))
        .isBetween(4.0, 6.0);
    assertThat(Flops.decode(VAE, 512) / Flops.decode(VAE, 256)).isBetween(4.0, 6.0);
  }

  /**
   * One cross-attention to speech with 8 channels, 16 positions, and keys and values of width 12.
   */
  @Test
  void eachRowOfSpeechIsCountedAsKeyAndValueForEveryPosition() {
    UNet3dConfig unet =
        new UNet3dConfig(
            4,
            4,
            List.of(8),
            List.of(true),
            List.of(false),
            1,
            4,
            12,
            true,
            4,
            1e-5,
            Optional.empty());
    double attentions =
        unet.tensors().keySet().stream().filter(name -> name.endsWith("attn2.to_k.weight")).count();
    assertThat(attentions).isPositive();
    double row = 2 * 2 * 8 * 12 + 4 * 8 * 16;
    assertThat(Flops.denoise(unet, 4, 51) - Flops.denoise(unet, 4, 50)).isEqualTo(attentions * row);
    assertThat(Flops.denoise(unet, 4, 60) - Flops.denoise(unet, 4, 50))
        .isEqualTo(10 * attentions * row);
  }

  @Test
  void decodingIsAboutTwiceTheWorkOfEncoding() {
    // In the original they take 4.8 and 2.4 s.
    assertThat(Flops.decode(VAE, 256) / Flops.encode(VAE, 256)).isCloseTo(2.2, within(0.5));
  }
}
