package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class InputNamesTest {
  private final InputNames names =
      new InputNames()
          .add("--video_path", "clips/talk.mp4")
          .add("--audio_path", "/data/talk.wav")
          .add("--vae_path", "/data")
          .add("--syncnet_path", "hdfs://host/models/sync.model")
          .add("--seed", "5")
          .add("--id", "a\0b")
          .add("--note", "");

  @Test
  void aFileIsFoundByItsAbsolutePath() {
    String path = Path.of("clips/talk.mp4").toAbsolutePath().toString();
    assertThat(names.named(path + ": has no video stream"))
        .isEqualTo("--video_path " + path + ": has no video stream");
  }

  @Test
  void aFileOfAFolderHasTheFoldersNameUnlessItHasOneOfItsOwn() {
    assertThat(names.named("/data/config.json: is empty"))
        .isEqualTo("--vae_path /data/config.json: is empty");
    assertThat(names.named("/data/talk.wav: is empty"))
        .isEqualTo("--audio_path /data/talk.wav: is empty");
  }

  @Test
  void aFileOfTwoOptionsHasBothNames() {
    names.add("--video_path", "/data/talk.wav");
    assertThat(names.named("/data/talk.wav: is empty"))
        .isEqualTo("--audio_path and --video_path /data/talk.wav: is empty");
  }

  @Test
  void aCopyOfARemoteFileHasTheUsersName() {
    assertThat(names.named("/tmp/fetched-7/sync.model: is empty"))
        .isEqualTo("--syncnet_path hdfs://host/models/sync.model: is empty");
  }

  @Test
  void otherLinesStayAsTheyAre() {
    for (String line :
        new String[] {
          "--seed is 5, but must be even", "/database/a.json: is empty", "5 of 7 failed", ""
        }) {
      assertThat(names.named(line)).isEqualTo(line);
    }
  }
}
