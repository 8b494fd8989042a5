package io.latentsync.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class FlopsTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));
  private static final AutoencoderKlConfig VAE =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  private static UNet3dConfig stage2() throws IOException {
    return UNet3dConfig.parse(
        new YAMLMapper().readTree(Files.readString(CONF.resolve("unet/stage2.yaml"))).get("model"));
  }

  @Test
  void thePublishedUnetTakesWhatWasCountedInTheOriginal() throws IOException {
    // 0.41 TFLOP a frame at 256 pixels, by PyTorch's counter.
    assertThat(Flops.denoise(stage2(), 32)).isCloseTo(0.41e12, Percentage.withPercentage(15));
  }

  @Test
  void aShortPassOfDeepCacheIsASmallShare() throws IOException {
    double share = Flops.denoiseShort(stage2(), 32) / Flops.denoise(stage2(), 32);
    assertThat(share).isBetween(0.03, 0.2);
  }

  @Test
  void theWorkGrowsWithThePicturesAreaOrFaster() throws IOException {
    assertThat(Flops.denoise(stage2(), 64) / Flops.denoise(stage2(), 32)).isBetween(4.0, 6.0);
    assertThat(Flops.decode(VAE, 512) / Flops.decode(VAE, 256)).isBetween(4.0, 6.0);
  }

  @Test
  void decodingIsAboutTwiceTheWorkOfEncoding() {
    // As the two were timed in the original: 4.8 and 2.4 s.
    assertThat(Flops.decode(VAE, 256) / Flops.encode(VAE, 256)).isCloseTo(2.2, within(0.5));
  }
}
