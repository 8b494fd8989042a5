package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.media.MediaException;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.testing.NanoModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskResultTest {
  private static Iterator<TaskResult<String>> unreadable() throws Exception {
    return new TaskResult.Of<String, String>(
            file -> {
              throw new MediaException(Path.of(file), "cannot be read");
            })
        .call("talk.mp4");
  }

  @Test
  void anInvalidInputIsAResult() throws Exception {
    List<TaskResult<String>> results = List.of(unreadable().next());
    assertThatThrownBy(() -> TaskResult.values(results))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("talk.mp4: cannot be read");
  }

  @Test
  void anInterruptDoesNotMakeTheInputInvalid() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(TaskResultTest::unreadable).isInstanceOf(MediaException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aFullDiskDoesNotMakeTheInputInvalid(@TempDir Path folder) throws Exception {
    Path video = new NanoModels(folder).video(2);
    VideoProbe probe = VideoProbe.of(video);
    // A link, because the writer deletes a half-written file.
    Path full = Files.createSymbolicLink(folder.resolve("full.mp4"), Path.of("/dev/full"));
    assertThatThrownBy(() -> copy(video, probe, full))
        .isInstanceOfSatisfying(
            MediaException.class, failure -> assertThat(failure.isOfMachine()).isTrue())
        .hasMessageContaining("No space left on device");
    Path text = Files.writeString(folder.resolve("text.mp4"), "no video");
    assertThat(copy(text, probe, folder.resolve("copy.mp4")).next().reason())
        .hasMessageContaining("text.mp4");
  }

  private static Iterator<TaskResult<Path>> copy(Path video, VideoProbe probe, Path output)
      throws Exception {
    return new TaskResult.Of<Path, Path>(
            file -> {
              try (VideoReader reader = VideoReader.open(file, probe);
                  VideoWriter writer = VideoWriter.open(output, probe)) {
                for (int i = 0; i < probe.frames(); i++) {
                  try (VideoFrame frame = reader.read(i)) {
                    writer.write(frame);
                  }
                }
                writer.finish();
              }
              return List.of(output).iterator();
            })
        .call(video);
  }
}
