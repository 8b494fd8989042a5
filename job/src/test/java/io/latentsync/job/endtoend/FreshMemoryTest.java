package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.testing.NanoModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Uninitialised memory does not affect any output. */
@Tag("slow")
final class FreshMemoryTest {
  private static final int PROCESSES = 10;

  @TempDir Path folder;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "MALLOC_PERTURB_ is glibc's")
  void processesWithOtherBytesInFreshMemoryWriteTheSameFile() throws Exception {
    NanoModels nano = new NanoModels(folder);
    List<String> command = new ArrayList<>(nano.options());
    command.add("--video_path=" + nano.video(20));
    command.add("--audio_path=" + nano.speech(0.7));
    command.add("--inference_steps=2");
    command.add("--device=cpu");
    command.add("");
    Path first = folder.resolve("dubbed 1.mp4");
    for (int i = 1; i <= PROCESSES; i++) {
      Path output = folder.resolve("dubbed %d.mp4".formatted(i));
      command.set(command.size() - 1, "--video_out_path=" + output);
      OtherProcess.run(
              List.of(),
              // glibc fills allocated memory with the complement of the value, freed memory with
              // the value.
              Map.of("MALLOC_PERTURB_", String.valueOf(25 * i)),
              DubCommand.class,
              command.toArray(String[]::new))
          .ofSuccess();
      assertThat(output).hasSameBinaryContentAs(first);
    }
    assertThat(Files.size(first)).isPositive();
  }
}
