package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Uninitialised memory does not affect any output. */
@Tag("slow")
final class FreshMemoryTest {
  private static final int PROCESSES = 4;

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
              Map.of("MALLOC_PERTURB_", String.valueOf(60 * i)),
              DubCommand.class,
              command.toArray(String[]::new))
          .ofSuccess();
      assertThat(output).hasSameBinaryContentAs(first);
    }
    assertThat(Files.size(first)).isPositive();
  }

  /** x264's code for AVX-512 depends on it if the width is not a multiple of 128. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "MALLOC_PERTURB_ is glibc's")
  void videosOfAnyWidthHaveTheSameBytes() throws Exception {
    List<String> sources = new ArrayList<>();
    for (String format : List.of("yuv420p", "yuv420p10le")) {
      for (String size : List.of("96x96", "326x250", "848x480", "960x544", "1072x96")) {
        Path source = folder.resolve(size + "-" + format + ".mkv");
        FfmpegProgram.ffmpeg(
            "-f lavfi -i testsrc2=s=%s:r=25:d=0.5,noise=alls=5:allf=t,format=%s -c:v ffv1 %s"
                .formatted(size, format, source)
                .split(" ", -1));
        sources.add(source.toString());
      }
    }
    List<String> digests = new ArrayList<>();
    for (int bytes : new int[] {1, 85, 170}) {
      digests.add(
          String.join(
              "\n",
              OtherProcess.run(
                      List.of(),
                      Map.of("MALLOC_PERTURB_", String.valueOf(bytes)),
                      WriteVideos.class,
                      sources.toArray(String[]::new))
                  .ofSuccess()));
    }
    assertThat(digests).containsOnly(digests.get(0));
    assertThat(digests.get(0).lines()).hasSameSizeAs(sources);
  }

  /** Writes each of the given videos again and prints the digests of the new files. */
  static final class WriteVideos {
    private WriteVideos() {}

    public static void main(String[] sources) throws IOException {
      for (String source : sources) {
        Path written = Path.of(source + ".mp4");
        VideoProbe probe = VideoProbe.of(Path.of(source));
        try (VideoReader reader = VideoReader.open(Path.of(source), probe);
            VideoWriter writer = VideoWriter.open(written, probe)) {
          for (int i = 0; i < probe.frames(); i++) {
            try (VideoFrame frame = reader.read(i)) {
              writer.write(frame);
            }
          }
          writer.finish();
        }
        System.out.println(source + " " + DigestUtils.sha256Hex(Files.readAllBytes(written)));
      }
    }
  }
}
