package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LocationTest {
  private final Configuration configuration = new Configuration();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain.mp4",
        "two words.mp4",
        "größe 日本.mp4",
        "a:b.mp4",
        "50%20off.mp4",
        "q?#[1].mp4"
      })
  void aBarePathIsLocalWhateverItsLetters(String name) throws Exception {
    configuration.set("fs.defaultFS", "hdfs://nowhere:1");
    Path made = Files.writeString(folder.resolve("made"), "x");
    Location location = new Location(folder.resolve(name).toString());
    location.commit(configuration, made);
    assertThat(Files.readString(folder.resolve(name))).isEqualTo("x");
    assertThat(location.exists(configuration)).isTrue();
    assertThat(location.status(configuration).getLen()).isEqualTo(1);
    assertThat(location.fetch(configuration, folder)).isEqualTo(folder.resolve(name));
    assertThat(location.parent().child(name).localPath()).isEqualTo(folder.resolve(name));
    location.delete(configuration);
    assertThat(folder.resolve(name)).doesNotExist();
  }

  @Test
  void aFileUriIsTheSamePlaceAsTheBarePath() throws Exception {
    Path file = Files.writeString(folder.resolve("two words.mp4"), "x");
    assertThat(new Location(file.toUri().toString()).isLocal()).isTrue();
    assertThat(new Location("file://" + file).localPath()).isEqualTo(file);
    assertThat(new Location("hdfs://host/x y/z.mp4").isLocal()).isFalse();
  }

  @Test
  void commitReplacesAFileAndLeavesNothingBeside() throws Exception {
    Path made = Files.writeString(folder.resolve("made"), "new");
    Path target = Files.writeString(folder.resolve("target"), "old");
    new Location(target.toString()).commit(configuration, made);
    assertThat(Files.readString(target)).isEqualTo("new");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(made, target);
    }
  }
}
