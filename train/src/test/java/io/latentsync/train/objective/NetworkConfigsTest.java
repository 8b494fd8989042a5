package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.latentsync.train.SmallModel;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class NetworkConfigsTest {
  @Test
  void theChunkIsThatOfTheYaml() throws IOException {
    assertThat(SmallModel.config().chunkFrames()).isEqualTo(4);
    assertThat(NetworkConfigs.nano().chunkFrames()).isEqualTo(16);
  }

  @Test
  void aChunkOfNoFramesIsRefused() throws IOException {
    String unet = NetworkConfigs.nano().unetText();
    assertThat(unet).contains("num_frames: 16");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                NetworkConfigs.parse(
                    unet.replace("num_frames: 16", "num_frames: 0"),
                    NetworkConfigs.nano().vaeText(),
                    "{}"))
        .withMessage("data.num_frames is 0; it must be a whole number from 1 to 256");
  }
}
