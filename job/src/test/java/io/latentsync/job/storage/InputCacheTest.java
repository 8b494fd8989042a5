package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.job.testing.OtherProcess;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a node's cache, for files on a real HDFS. */
@Tag("slow")
final class InputCacheTest {
  @TempDir static Path shared;
  private static MiniHdfs hdfs;

  @TempDir Path folder;
  private Configuration configuration;
  private long missesBefore;
  private long hitsBefore;

  @BeforeAll
  static void startHdfs() throws IOException {
    hdfs = new MiniHdfs(shared);
  }

  @AfterAll
  static void stopHdfs() {
    hdfs.close();
  }

  @BeforeEach
  void emptyCache() {
    configuration = new Configuration(hdfs.configuration());
    configuration.set(InputCache.FOLDER, cacheFolder().toString());
    missesBefore = JobMetrics.INPUT_CACHE_MISSES.getCount();
    hitsBefore = JobMetrics.INPUT_CACHE_HITS.getCount();
  }

  private Path cacheFolder() {
    return folder.resolve("cache");
  }

  private InputCache cache(long bytes) throws IOException {
    configuration.setLong(InputCache.SIZE, bytes);
    return InputCache.of(configuration);
  }

  private long misses() {
    return JobMetrics.INPUT_CACHE_MISSES.getCount() - missesBefore;
  }

  private long hits() {
    return JobMetrics.INPUT_CACHE_HITS.getCount() - hitsBefore;
  }

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The existing entries, complete or not. */
  private List<Path> entries() throws IOException {
    try (Stream<Path> files = Files.list(cacheFolder())) {
      return files.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** Fetches a copy, closes it and sets its last use to an earlier time. */
  private Path fetchLongAgo(InputCache cache, Location input, int minutes) throws IOException {
    try (InputCache.Copy copy = cache.copy(input, configuration).orElseThrow()) {
      Files.setLastModifiedTime(
          copy.path().getParent(), FileTime.from(Instant.now().minusSeconds(60L * minutes)));
      return copy.path();
    }
  }

  @Test
  void simultaneousThreadsFetchAFileOnce() throws Exception {
    byte[] contents = bytes(1, 8 << 20);
    Location input = hdfs.upload(contents, "/threads/a clip.mp4");
    InputCache cache = cache(1L << 30);
    CyclicBarrier together = new CyclicBarrier(4);
    Callable<byte[]> reader =
        () -> {
          together.await();
          try (InputCache.Copy copy = cache.copy(input, configuration).orElseThrow()) {
            assertThat(copy.path()).hasFileName("a clip.mp4");
            return Files.readAllBytes(copy.path());
          }
        };
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<byte[]> read : threads.invokeAll(List.of(reader, reader, reader, reader))) {
        assertThat(read.get()).isEqualTo(contents);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(misses()).isEqualTo(1);
    assertThat(hits()).isEqualTo(3);
    assertThat(Files.getPosixFilePermissions(cacheFolder()))
        .doesNotContain(PosixFilePermission.OTHERS_READ, PosixFilePermission.GROUP_READ);
  }

  @Test
  void simultaneousProcessesFetchAFileOnceAndKeepItWhileTheyUseIt() throws Exception {
    byte[] contents = bytes(2, 24 << 20);
    Location input = hdfs.upload(contents, "/processes/model.pt");
    Location other = hdfs.upload(bytes(3, 100), "/processes/other.pt");
    InputCache cacheOfOne = cache(contents.length);
    Path copied;
    try (OtherProcess first = OtherProcess.thatCopies(input, cacheFolder());
        OtherProcess second = OtherProcess.thatCopies(input, cacheFolder())) {
      first.go();
      second.go();
      List<String> lines = new ArrayList<>(List.of(first.readLine(), second.readLine()));
      lines.sort(null);
      assertThat(lines.get(0)).startsWith("0 fetched, 1 cached, ");
      assertThat(lines.get(1)).startsWith("1 fetched, 0 cached, ");
      copied = Path.of(lines.get(0).substring("0 fetched, 1 cached, ".length()));
      assertThat(Path.of(lines.get(1).substring("1 fetched, 0 cached, ".length())))
          .isEqualTo(copied);
      assertThat(Files.readAllBytes(copied)).isEqualTo(contents);

      first.kill();
      assertThat(cacheOfOne.copy(other, configuration)).isEmpty();
      assertThat(copied).exists();
    }
    cacheOfOne.copy(other, configuration).orElseThrow().close();
    assertThat(copied).doesNotExist();
  }

  @Test
  void changedFileIsFetchedAgain() throws IOException {
    InputCache cache = cache(1L << 30);
    Location input = hdfs.upload(bytes(4, 1000), "/changed.wav");
    try (InputCache.Copy before = cache.copy(input, configuration).orElseThrow()) {
      hdfs.upload(bytes(5, 1000), "/changed.wav");
      try (InputCache.Copy after = cache.copy(input, configuration).orElseThrow()) {
        assertThat(Files.readAllBytes(after.path())).isEqualTo(bytes(5, 1000));
      }
      assertThat(Files.readAllBytes(before.path())).isEqualTo(bytes(4, 1000));
    }
    assertThat(misses()).isEqualTo(2);
  }

  @Test
  void leastRecentlyUsedCopyIsRemovedToFreeSpace() throws IOException {
    InputCache cache = cache(2500);
    Location first = hdfs.upload(bytes(6, 1000), "/room/1");
    Path firstCopy = fetchLongAgo(cache, first, 3);
    Path secondCopy = fetchLongAgo(cache, hdfs.upload(bytes(7, 1000), "/room/2"), 2);
    cache.copy(first, configuration).orElseThrow().close();

    Path third = fetchLongAgo(cache, hdfs.upload(bytes(8, 1500), "/room/3"), 0);
    assertThat(secondCopy).doesNotExist();
    assertThat(firstCopy).exists();
    assertThat(third).exists();
    assertThat(entries()).hasSize(2);
    assertThat(misses()).isEqualTo(3);
    assertThat(hits()).isEqualTo(1);
  }

  @Test
  void fileWithoutSpaceInTheCacheIsCopiedForItsTaskOnly() throws IOException {
    Location used = hdfs.upload(bytes(9, 1000), "/used/1");
    Location wanted = hdfs.upload(bytes(10, 1000), "/used/2");
    InputCache cache = cache(1500);
    Path own;
    Path usedCopy;
    try (Scratch user = Scratch.temporary();
        Scratch other = Scratch.temporary()) {
      usedCopy = user.input(used, configuration);
      own = other.input(wanted, configuration);
      assertThat(own).startsWith(other.folder()).hasBinaryContent(bytes(10, 1000));
      assertThat(usedCopy).startsWith(cacheFolder().toRealPath()).exists();
    }
    assertThat(own).doesNotExist();
    cache.copy(wanted, configuration).orElseThrow().close();
    assertThat(usedCopy).as("after its last use").doesNotExist();
  }

  @Test
  void cacheOfSizeZeroKeepsNothing() throws IOException {
    Location input = hdfs.upload(bytes(11, 10), "/none");
    assertThat(cache(0).copy(input, configuration)).isEmpty();
    assertThat(entries()).isEmpty();
  }

  @Test
  void incompleteFilesOfAKilledFetchAreNotUsed() throws IOException {
    InputCache cache = cache(2000);
    Location input = hdfs.upload(bytes(12, 1000), "/left/video.mp4");
    Path copy = fetchLongAgo(cache, input, 1);
    Files.write(copy, bytes(13, 999));
    assertThat(Files.readAllBytes(fetchLongAgo(cache, input, 1))).isEqualTo(bytes(12, 1000));

    Path part = copy.getParent().resolveSibling(copy.getParent().getFileName() + ".part");
    Files.move(copy.getParent(), part);
    Files.write(part.resolve("video.mp4"), bytes(14, 1000));
    assertThat(Files.readAllBytes(fetchLongAgo(cache, input, 1))).isEqualTo(bytes(12, 1000));
    assertThat(part).doesNotExist();
    assertThat(misses()).isEqualTo(3);

    Files.move(copy.getParent(), part);
    Path other = fetchLongAgo(cache, hdfs.upload(bytes(15, 1500), "/left/other"), 1);
    assertThat(entries())
        .as("the space of the incomplete files is used")
        .containsExactly(other.getParent());
  }

  @Test
  @Timeout(20)
  void copyIsCheckedByItsContentsAndNotByItsLength() throws Exception {
    InputCache cache = cache(1 << 20);
    Location input = hdfs.upload(bytes(17, 1000), "/contents/model.pt");
    Path copy = fetchLongAgo(cache, input, 1);
    Files.write(copy, bytes(18, 1000));
    assertThat(Files.readAllBytes(fetchLongAgo(cache, input, 1))).isEqualTo(bytes(17, 1000));
    assertThat(misses()).isEqualTo(2);

    Files.write(copy, bytes(19, 1000));
    try (OtherProcess other = OtherProcess.thatCopies(input, cacheFolder())) {
      other.go();
      assertThat(other.readLine()).startsWith("1 fetched, 0 cached, ");
      assertThat(copy).hasBinaryContent(bytes(17, 1000));
    }
    fetchLongAgo(cache, input, 1);
    assertThat(misses()).as("the copy of another process is used").isEqualTo(2);

    Files.writeString(digest(copy), "null");
    Files.setLastModifiedTime(copy, FileTime.from(Instant.EPOCH));
    fetchLongAgo(cache, input, 1);
    assertThat(misses()).as("without its digest").isEqualTo(3);
    assertThat(digest(copy)).content().matches("[0-9a-f]{64}");
  }

  private static Path digest(Path copy) {
    return copy.getParent().resolveSibling(copy.getParent().getFileName() + ".sha256");
  }

  @Test
  @Timeout(20)
  void linkWithTheNameOfACopyIsNotFollowed() throws IOException {
    InputCache cache = cache(1 << 20);
    Location input = hdfs.upload(bytes(20, 1000), "/linked/model.pt");
    Path copy = fetchLongAgo(cache, input, 1);
    Path target = Files.createDirectory(folder.resolve("target"));
    Path letter = Files.write(target.resolve("model.pt"), bytes(20, 1000));
    Files.delete(copy);
    Files.createSymbolicLink(copy, letter);
    assertThat(fetchLongAgo(cache, input, 1)).isRegularFile();

    Files.delete(copy);
    Files.delete(copy.getParent());
    Files.createSymbolicLink(copy.getParent(), target);
    assertThat(fetchLongAgo(cache, input, 1)).hasBinaryContent(bytes(20, 1000));
    assertThat(Files.isSymbolicLink(copy.getParent())).isFalse();
    assertThat(letter).hasBinaryContent(bytes(20, 1000));
    assertThat(misses()).isEqualTo(3);
  }

  @Test
  @Timeout(20)
  void filesWithOtherNamesAreIgnored() throws IOException {
    InputCache cache = cache(2000);
    String hash = "0".repeat(32);
    for (String name :
        List.of(
            hash + "-99999999999999999999",
            hash + "-",
            hash + "-1.part.part",
            hash + "-null",
            hash,
            "a:b",
            "letter.txt")) {
      Files.writeString(cacheFolder().resolve(name), "mine");
    }
    for (int i = 1; i < 15; i++) {
      Files.createDirectory(cacheFolder().resolve("%032x-%s".formatted(i, "9".repeat(18))));
    }
    fetchLongAgo(cache, hdfs.upload(bytes(21, 1500), "/odd"), 1);
    assertThat(entries()).as("an entry without space").hasSize(1);
    try (Stream<Path> files = Files.list(cacheFolder())) {
      assertThat(files.filter(Files::isRegularFile)).as("with locks and digest").hasSize(9);
    }
  }

  @Test
  @Timeout(20)
  void folderThatOthersCanUseIsRefused() throws IOException {
    Path open = Files.createDirectory(cacheFolder());
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxr-x"));
    assertThatThrownBy(() -> cache(1000))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--cache_dir "
                + open
                + ": other users can read or write it (mode 775); remove these permissions (chmod 700),"
                + " or name another folder with --cache_dir");
  }

  @Test
  @Timeout(20)
  void locksThatAreNotAFileAreRefused() throws IOException {
    Path own =
        Files.createDirectory(
            cacheFolder(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path target = folder.resolve("target");
    Path locks = Files.createSymbolicLink(own.resolve("locks"), target);
    assertThatThrownBy(() -> cache(1000))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("--cache_dir " + own + ": cannot be written to")
        .hasMessageContaining(locks + ": is not a file; remove it");
    assertThat(target).doesNotExist();
  }

  @Test
  void fetchThatFailsLeavesNothing() throws IOException {
    InputCache cache = cache(1000);
    Location gone = hdfs.at("/gone.mp4");
    assertThatThrownBy(() -> cache.copy(gone, configuration))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining(gone.name());
    assertThat(entries()).isEmpty();
  }

  @Test
  void folderIsCopiedCompletely() throws IOException {
    Path made = Files.createDirectory(folder.resolve("vae"));
    Files.writeString(made.resolve("config.json"), "{}");
    Files.write(made.resolve("weights.bin"), bytes(16, 500));
    try (InputCache.Copy copy =
        cache(1000).copy(hdfs.upload(made, "/folder/vae"), configuration).orElseThrow()) {
      assertThat(copy.path().resolve("config.json")).hasContent("{}");
      assertThat(copy.path().resolve("weights.bin")).hasBinaryContent(bytes(16, 500));
    }
  }

  @Test
  void localFileIsUsedInPlace() throws IOException {
    Path local = Files.writeString(folder.resolve("local.mp4"), "a video");
    try (Scratch scratch = Scratch.temporary()) {
      assertThat(scratch.input(new Location(local.toString()), configuration)).isEqualTo(local);
    }
    assertThat(cacheFolder()).doesNotExist();
  }

  @Test
  void folderThatCannotBeWrittenIsNamedWithItsOption() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    configuration.set(InputCache.FOLDER, file.resolve("cache").toString());
    assertThatThrownBy(() -> InputCache.of(configuration))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("--cache_dir " + file.resolve("cache") + ": cannot be written to");
  }
}
