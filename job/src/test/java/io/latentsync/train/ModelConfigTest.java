package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ModelConfigTest {
  @Test
  void theChunkIsThatOfTheYaml() throws IOException {
    assertThat(SmallModel.config().chunkFrames()).isEqualTo(4);
    assertThat(ModelConfig.nano().chunkFrames()).isEqualTo(16);
  }

  @Test
  void aChunkOfNoFramesIsRefused() throws IOException {
    String unet = ModelConfig.nano().unetText();
    assertThat(unet).contains("num_frames: 16");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ModelConfig.parse(
                    unet.replace("num_frames: 16", "num_frames: 0"),
                    ModelConfig.nano().vaeText(),
                    "{}"))
        .withMessage("data.num_frames is 0; it must be a whole number above 0");
  }
}
