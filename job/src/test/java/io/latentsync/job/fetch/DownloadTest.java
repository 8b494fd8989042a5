package io.latentsync.job.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.job.failure.InvalidInputException;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DownloadTest {
  private static final byte[] CONTENT = new byte[3_000_000];
  private static final Path NAME = Path.of("whisper", "tiny.pt");

  static {
    new Random(1).nextBytes(CONTENT);
  }

  @TempDir Path folder;
  private final PublishedFile file = file(OptionalLong.of(CONTENT.length));
  private ModelServer server;

  @BeforeEach
  void start() throws IOException {
    server = new ModelServer();
    server.put(file, CONTENT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static PublishedFile file(OptionalLong length) {
    return new PublishedFile(
        "some/model", "main", "tiny.pt", NAME, length, DigestUtils.sha256Hex(CONTENT));
  }

  private void fetch(PublishedFile wanted) throws IOException {
    new Download(server.base(), Duration.ZERO).fetch(wanted, folder, bytes -> {});
  }

  private Path part() {
    return folder.resolve("whisper").resolve("tiny.pt.part");
  }

  private void requireFetched() {
    assertThat(folder.resolve(NAME)).hasBinaryContent(CONTENT);
    assertThat(part()).doesNotExist();
  }

  @Test
  void aFileArrivesWholeAndItsProgressIsReported() throws IOException {
    List<Long> progress = new ArrayList<>();
    new Download(URI.create(server.base() + "/"), Duration.ZERO).fetch(file, folder, progress::add);
    requireFetched();
    assertThat(progress).isSorted().endsWith((long) CONTENT.length);
    assertThat(server.ranges()).containsExactly((String) null);
  }

  @Test
  void anExistingFileIsComparedAndNotFetchedAgain() throws IOException {
    fetch(file);
    fetch(file);
    assertThat(server.ranges()).hasSize(1);
  }

  @Test
  void anExistingDifferentFileIsKeptAndNamed() throws IOException {
    Files.createDirectory(folder.resolve("whisper"));
    Path own = Files.writeString(folder.resolve(NAME), "fine-tuned");
    assertThatThrownBy(() -> fetch(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            own
                + ": is another file than the published one: it has 10 bytes, but must have 3000000;"
                + " move it away, or name another folder");
    assertThat(own).hasContent("fine-tuned");
    assertThat(server.ranges()).isEmpty();
  }

  @Test
  void aCutConnectionIsResumed() throws IOException {
    server.answerNext(ModelServer.cutAfter(1_000_000));
    server.answerNext(ModelServer.cutAfter(500_000));
    fetch(file);
    requireFetched();
    assertThat(server.ranges()).hasSizeGreaterThan(2).doesNotContain("bytes=0-");
    assertThat(server.ranges().get(0)).isNull();
    assertThat(server.ranges().get(2)).matches("bytes=\\d+-");
  }

  @Test
  void theDownloadOfAnEarlierCommandIsResumed() throws IOException {
    Files.createDirectory(folder.resolve("whisper"));
    Files.write(part(), java.util.Arrays.copyOf(CONTENT, 1234));
    fetch(file);
    requireFetched();
    assertThat(server.ranges()).containsExactly("bytes=1234-");
  }

  @Test
  void aServerWithoutRangesStartsAgain() throws IOException {
    Files.createDirectory(folder.resolve("whisper"));
    Files.write(part(), new byte[1234]);
    server.answerNext(
        (exchange, content) -> {
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
        });
    fetch(file);
    requireFetched();
  }

  @Test
  void aCompletePartOfUnknownLengthIsFetchedAgain() throws IOException {
    Files.createDirectory(folder.resolve("whisper"));
    Files.write(part(), CONTENT);
    server.answerNext(ModelServer.status(416));
    fetch(file(OptionalLong.empty()));
    requireFetched();
  }

  @Test
  void temporaryErrorsOfTheServerAreRetried() throws IOException {
    server.answerNext(ModelServer.status(503));
    server.answerNext(ModelServer.status(429));
    fetch(file);
    requireFetched();
  }

  @Test
  void aServerThatStaysDownIsNamedAndThePartIsKept() throws IOException {
    server.answerNext(ModelServer.cutAfter(1_000_000));
    for (int i = 0; i < 5; i++) {
      server.answerNext(ModelServer.status(503));
    }
    assertThatThrownBy(() -> fetch(file))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            server.base()
                + "/some/model/resolve/main/tiny.pt: the server answers HTTP 503, 5 times in a row;"
                + " \\d+ bytes are downloaded; the same command continues");
    assertThat(folder.resolve(NAME)).doesNotExist();
    assertThat(part()).exists();
    fetch(file);
    requireFetched();
  }

  @Test
  void aMissingServerIsNamed() throws IOException {
    URI base = server.base();
    server.close();
    assertThatThrownBy(() -> new Download(base, Duration.ZERO).fetch(file, folder, bytes -> {}))
        .hasMessage(
            base
                + "/some/model/resolve/main/tiny.pt: the server cannot be reached, 5 times in a"
                + " row; 0 bytes are downloaded; the same command continues");
  }

  @Test
  void aFileThatTheServerDoesNotHaveIsNamed() {
    PublishedFile missing =
        new PublishedFile(
            "some/model", "main", "small.pt", NAME, OptionalLong.of(5), file.sha256());
    assertThatThrownBy(() -> fetch(missing))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            server.base()
                + "/some/model/resolve/main/small.pt: the server does not provide the file (HTTP 404);"
                + " --base_url must name a server with the files that --list shows");
    assertThat(server.ranges()).hasSize(1);
  }

  @Test
  void aFileOfAnotherLengthIsRefusedBeforeItIsFetched() {
    assertThatThrownBy(() -> fetch(file(OptionalLong.of(7))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            server.base()
                + "/some/model/resolve/main/tiny.pt: the file has 3000000 bytes on the server, but"
                + " must have 7");
    assertThat(folder.resolve(NAME)).doesNotExist();
  }

  @Test
  void moreBytesThanTheFileHasAreRefused() {
    server.answerNext(
        (exchange, content) -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(content);
        });
    assertThatThrownBy(() -> fetch(file(OptionalLong.of(1000))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            server.base()
                + "/some/model/resolve/main/tiny.pt: the server sends more than the 1000 bytes that"
                + " the file must have");
  }

  @Test
  void aFileWithAnotherChecksumIsDeleted() {
    byte[] other = CONTENT.clone();
    other[77]++;
    server.put(file, other);
    assertThatThrownBy(() -> fetch(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            server.base()
                + "/some/model/resolve/main/tiny.pt: the downloaded file has the SHA-256 checksum "
                + DigestUtils.sha256Hex(other)
                + ", but must have "
                + file.sha256()
                + "; it was deleted");
    assertThat(folder.resolve(NAME)).doesNotExist();
    assertThat(part()).doesNotExist();
  }

  @Test
  void twoDownloadsOfOneFileDoNotMix() throws IOException {
    Files.createDirectory(folder.resolve("whisper"));
    try (FileChannel channel =
            FileChannel.open(part(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      assertThatThrownBy(() -> fetch(file))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              part()
                  + ": another process is downloading this file; wait for it, or name another"
                  + " folder");
    }
    fetch(file);
    requireFetched();
  }

  @Test
  void aFullDiskIsNamedAndTheDownloadContinuesWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()) == 0,
        "skipped: a small disk cannot be mounted here");
    try {
      Download download = new Download(server.base(), Duration.ZERO);
      assertThatThrownBy(() -> download.fetch(file, disk, bytes -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
      assertThat(disk.resolve("whisper").resolve("tiny.pt.part")).isNotEmptyFile();
      assertThat(run("mount", "-o", "remount,size=8m", disk.toString())).isZero();
      download.fetch(file, disk, bytes -> {});
      assertThat(disk.resolve(NAME)).hasBinaryContent(CONTENT);
      assertThat(server.ranges().get(1)).matches("bytes=[1-9]\\d+-");
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
