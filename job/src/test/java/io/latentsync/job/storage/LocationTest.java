package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.testing.OtherProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.util.VersionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void aPathWithoutASchemeIsLocalWithAnyCharacters(String name) throws Exception {
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
  void aNameInAFolderMayHaveAColon() {
    assertThat(new Location("s3a://bucket/out").child("talk 04:11.mp4").name())
        .isEqualTo("s3a://bucket/out/talk 04:11.mp4");
    assertThat(new Location("s3a://bucket/out").resolve("in/talk 04:11.mp4").name())
        .isEqualTo("s3a://bucket/out/in/talk 04:11.mp4");
  }

  @Test
  void aFileUriIsTheSameLocationAsItsPath() throws Exception {
    Path file = Files.writeString(folder.resolve("two words.mp4"), "x");
    assertThat(new Location(file.toUri().toString()).isLocal()).isTrue();
    assertThat(new Location("file://" + file).localPath()).isEqualTo(file);
    assertThat(new Location("hdfs://host/x y/z.mp4").isLocal()).isFalse();
  }

  @Test
  void messagesShortenLongNamesAndEscapeControlCharacters() {
    assertThat(new Location("a\u001b[31m\nb.mp4")).hasToString("a\\u001b[31m\\u000ab.mp4");
    String name = "/clips/" + "a".repeat(300) + "/talk.mp4";
    assertThat(new Location(name).toString())
        .hasSize(199)
        .startsWith("/clips/")
        .endsWith("/talk.mp4");
    assertThat(new Location(name).name()).isEqualTo(name);
    assertThat(new Location(name).localPath()).hasToString(name);
  }

  @ParameterizedTest
  @CsvSource({"abfs, org.apache.hadoop:hadoop-azure:", "abfss, org.apache.hadoop:hadoop-azure:"})
  void aFileSystemWithoutItsClientIsNamedWithItsPackage(String scheme, String artifact) {
    assertThatThrownBy(() -> new Location(scheme + "://bucket/talk.mp4").exists(configuration))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the client for %s:// paths is missing; add %s%s (see deploy/OBJECT_STORES.md)"
                .formatted(scheme, artifact, VersionInfo.getVersion()));
  }

  @ParameterizedTest
  @CsvSource({
    "s3a://AKIAEXAMPLE:se/cr@et@bucket/talk.mp4, s3a://…@bucket/talk.mp4, true",
    "hdfs://user:@namenode/talk.mp4, hdfs://…@namenode/talk.mp4, true",
    "abfs://container@account/a:b@c.mp4, abfs://container@account/a:b@c.mp4, false",
    "/clips/a:b@c.mp4, /clips/a:b@c.mp4, false",
    "s3a://bucket/a:b@c.mp4, s3a://bucket/a:b@c.mp4, false"
  })
  void messagesDoNotShowPasswords(String name, String shown, boolean hasPassword) {
    assertThat(new Location(name)).hasToString(shown);
    assertThat(new Location(name).hasPassword()).isEqualTo(hasPassword);
  }

  @Test
  void anUnknownFileSystemIsNamed() {
    assertThatThrownBy(() -> new Location("gs://bucket/talk.mp4").exists(configuration))
        .hasMessage(
            "the client for gs:// paths is missing; add com.google.cloud.bigdataoss:gcs-connector"
                + " (see deploy/OBJECT_STORES.md)");
    assertThatThrownBy(() -> new Location("foo://bucket/talk.mp4").exists(configuration))
        .hasMessage(
            "there is no client for foo:// paths; add its package to the class path and name its"
                + " class in fs.foo.impl, or give a local path or hdfs://…");
  }

  @Test
  void commitCreatesMissingFoldersForTheOwnerOnly() throws Exception {
    Path made = Files.writeString(folder.resolve("made"), "new");
    Path target = folder.resolve(".latentsync-1").resolve("speech.pcm");
    new Location(target.toString()).commit(configuration, made);
    assertThat(target).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void commitReplacesAFileAndLeavesNoOtherFiles() throws Exception {
    Path made = Files.writeString(folder.resolve("made"), "new");
    Path target = Files.writeString(folder.resolve("target"), "old");
    new Location(target.toString()).commit(configuration, made);
    assertThat(Files.readString(target)).isEqualTo("new");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(made, target);
    }
  }

  @Test
  void commitRemovesTheIncompleteFileOfAKilledAttempt() throws Exception {
    Path large = folder.resolve("large");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(8L << 30); // A sparse file, which takes seconds to copy.
    }
    Path record = folder.resolve("record");
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Path target = outputs.resolve("dubbed.mp4");
    try (WatchService created = folder.getFileSystem().newWatchService()) {
      outputs.register(created, StandardWatchEventKinds.ENTRY_CREATE);
      try (OtherProcess attempt =
          OtherProcess.start(
              List.of(), Commit.class, large.toString(), target.toString(), record.toString())) {
        assertThat(created.poll(1, TimeUnit.MINUTES)).as("the copy begins").isNotNull();
        attempt.kill();
      }
    }
    assertThat(names(outputs)).singleElement().asString().endsWith(".part");

    Commit.main(
        Files.writeString(folder.resolve("made"), "new").toString(),
        target.toString(),
        record.toString());
    assertThat(names(outputs)).containsExactly("dubbed.mp4");
    assertThat(target).hasContent("new");
    assertThat(record).doesNotExist();
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Commits a file: its path, the target and the record. */
  static final class Commit {
    private Commit() {}

    public static void main(String... arguments) throws IOException {
      new Location(arguments[1])
          .commit(new Configuration(), Path.of(arguments[0]), new Location(arguments[2]));
    }
  }
}
