package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.latentsync.train.SmallModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NetworkConfigsTest {
  @Test
  void theChunkLengthComesFromTheYaml() throws IOException {
    assertThat(SmallModel.config().chunkFrames()).isEqualTo(4);
    assertThat(NetworkConfigs.nano().chunkFrames()).isEqualTo(16);
  }

  @Test
  void aWrongValueIsReportedWithItsFileAndField(@TempDir Path folder) throws IOException {
    NetworkConfigs nano = NetworkConfigs.nano();
    Path unet = folder.resolve("unet.yaml");
    Path vae = folder.resolve("vae.json");
    Path whisper = folder.resolve("whisper.json");
    Files.writeString(unet, nano.unetText().replace("num_frames: 16", "num_frames: x"));
    Files.writeString(
        vae, nano.vaeText().replace("\"norm_num_groups\": ", "\"norm_num_groups\": -"));
    Files.writeString(whisper, "{");
    assertThatIOException()
        .isThrownBy(() -> NetworkConfigs.read(folder))
        .withMessageStartingWith(unet + ": data.num_frames is \"x\"; it must be a whole number");
    Files.writeString(unet, nano.unetText());
    assertThatIOException()
        .isThrownBy(() -> NetworkConfigs.read(folder))
        .withMessageStartingWith(vae + ": norm_num_groups is -");
    Files.writeString(vae, nano.vaeText());
    assertThatIOException()
        .isThrownBy(() -> NetworkConfigs.read(folder))
        .withMessageStartingWith(whisper + ": is not valid JSON: ");
    Files.writeString(whisper, "{\"n_mels\": 80, \"n_audio_ctx\": 0}");
    assertThatIOException()
        .isThrownBy(() -> NetworkConfigs.read(folder))
        .withMessageStartingWith(whisper + ": n_audio_ctx is 0");
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
