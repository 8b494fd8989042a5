package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What lies in memory that was never written has no part in any output. */
final class FreshMemoryTest {
  private static final int PROCESSES = 10;

  @TempDir Path folder;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "MALLOC_PERTURB_ is glibc's")
  void processesWithOtherBytesInFreshMemoryWriteTheSameFile() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path video = nano.video(20);
    Path speech = nano.speech(0.7);
    Path first = folder.resolve("dubbed 1.mp4");
    for (int i = 1; i <= PROCESSES; i++) {
      Path output = folder.resolve("dubbed %d.mp4".formatted(i));
      OtherProcess.run(
              List.of(),
              // glibc fills what it hands out with the complement, what is freed with the value.
              Map.of("MALLOC_PERTURB_", String.valueOf(25 * i)),
              DubCommand.class,
              "--video_path=" + video,
              "--audio_path=" + speech,
              "--unet_config_path=" + models.unetConfig(),
              "--inference_ckpt_path=" + models.unet(),
              "--vae_path=" + models.vae(),
              "--whisper_path=" + models.whisper(),
              "--inference_steps=2",
              "--device=cpu",
              "--video_out_path=" + output)
          .ofSuccess();
      assertThat(output).hasSameBinaryContentAs(first);
    }
    assertThat(Files.size(first)).isPositive();
  }
}
