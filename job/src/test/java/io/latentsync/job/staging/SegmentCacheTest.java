package io.latentsync.job.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments that outlast their runs, on a local disk and on HDFS. */
final class SegmentCacheTest {
  private static final Attempt ATTEMPT = new Attempt(new FrameRange(16, 16), 1.5, false);
  private static final int VIDEO_BYTES = 10_000;

  @TempDir Path folder;
  private final Configuration configuration = new Configuration();
  private Staging staging;
  private Path cached;

  @BeforeEach
  void aFolderNextToStaging() throws IOException {
    configuration.set(SegmentCache.FOLDER, SegmentCache.HIDDEN);
    staging = new Staging(new Location(folder.resolve(".latentsync-0123456789abcdef").toString()));
    Files.createDirectory(staging.folder().localPath());
    cached = folder.resolve(SegmentCache.HIDDEN);
    cache().claim(LocalFolder.Access.OWNER);
  }

  private SegmentCache cache() {
    return SegmentCache.of(staging.folder().parent(), configuration).orElseThrow();
  }

  private static String key(int segment) {
    return DigestUtils.sha256Hex("segment " + segment);
  }

  private static byte[] video(int segment) {
    byte[] video = new byte[VIDEO_BYTES];
    Arrays.fill(video, (byte) segment);
    return video;
  }

  private static SegmentMetrics metrics(int segment) {
    return new SegmentMetrics(
        16, 16, segment, List.of(0.5f), 0, 0, 0, 0, 1.5, 1L, 0, "", false, 0, 0);
  }

  private void add(int segment) throws IOException {
    try (Scratch scratch = Scratch.temporary()) {
      Path file = Files.write(scratch.folder().resolve("segment.mp4"), video(segment));
      cache()
          .add(
              key(segment), file, DigestUtils.sha256Hex(video(segment)), metrics(segment), scratch);
    }
  }

  private boolean fetch(int segment) throws IOException {
    try (Scratch scratch = Scratch.temporary()) {
      return cache().fetch(key(segment), ATTEMPT, staging, scratch);
    }
  }

  /** Fetches a segment that must be there. */
  private void hit(int segment) throws IOException {
    assertThat(fetch(segment)).as("segment %d is there", segment).isTrue();
    assertThat(staging.video(ATTEMPT).read(configuration)).isEqualTo(video(segment));
    assertThat(
            StagedRow.find(
                SegmentMetrics.class,
                staging.metrics(ATTEMPT),
                DigestUtils.sha256Hex(video(segment)),
                configuration))
        .contains(metrics(segment));
  }

  /** Fetches a segment that must not be there. */
  private void miss(int segment) throws IOException {
    staging.metrics(ATTEMPT).delete(configuration);
    assertThat(fetch(segment)).as("segment %d is there", segment).isFalse();
    assertThat(staging.metrics(ATTEMPT).exists(configuration)).isFalse();
  }

  /** Sets the time of a segment's last use. */
  private void lastUsed(int segment, long minutesAgo) throws IOException {
    FileTime time = FileTime.fromMillis(System.currentTimeMillis() - minutesAgo * 60_000);
    Files.setLastModifiedTime(cached.resolve(key(segment) + ".mp4"), time);
    Files.setLastModifiedTime(cached.resolve(key(segment) + ".avro"), time);
  }

  @Test
  void aRunWithoutTheSettingHasNoCache() {
    assertThat(SegmentCache.of(staging.folder().parent(), new Configuration())).isEmpty();
  }

  @Test
  void segmentsAreFoundByTheirKeys() throws IOException {
    miss(1);
    add(1);
    add(2);
    hit(1);
    hit(2);
    miss(3);
    assertThat(Files.getPosixFilePermissions(cached))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void damagedSegmentsAreMissesUntilTheyAreAddedAgain() throws IOException {
    add(1);
    Path video = cached.resolve(key(1) + ".mp4");
    Path row = cached.resolve(key(1) + ".avro");
    Files.write(video, video(2));
    miss(1);
    add(1);
    hit(1);
    Files.write(row, Arrays.copyOf(Files.readAllBytes(row), 20));
    miss(1);
    add(1);
    hit(1);
    Files.delete(video);
    miss(1);
    add(2);
    Files.copy(cached.resolve(key(2) + ".mp4"), video);
    Files.delete(row);
    miss(1);
    Files.copy(cached.resolve(key(2) + ".avro"), row);
    miss(1);
  }

  @Test
  void theLeastRecentlyUsedSegmentsAreRemovedFirst() throws IOException {
    for (int segment = 0; segment < 4; segment++) {
      add(segment);
    }
    for (int segment = 0; segment < 4; segment++) {
      lastUsed(segment, 40 - segment);
    }
    Path part = Files.write(cached.resolve(".latentsync-0-1.part"), video(9));
    Files.setLastModifiedTime(part, FileTime.fromMillis(0));
    Path foreign = Files.write(cached.resolve("letter.mp4"), video(9));
    hit(0);
    long row = Files.size(cached.resolve(key(0) + ".avro"));
    configuration.setLong(SegmentCache.SIZE, 4 * (VIDEO_BYTES + row));
    add(4);
    assertThat(part).as("of a killed process").doesNotExist();
    assertThat(foreign).isRegularFile();
    miss(1);
    for (int segment : new int[] {0, 2, 3, 4}) {
      hit(segment);
      lastUsed(segment, 1);
    }
    configuration.setLong(SegmentCache.SIZE, VIDEO_BYTES + row);
    add(5);
    assertThat(IntStream.range(0, 5)).noneMatch(this::exists);
    hit(5);
  }

  private boolean exists(int segment) {
    return Files.exists(cached.resolve(key(segment) + ".mp4"))
        || Files.exists(cached.resolve(key(segment) + ".avro"));
  }

  @Test
  void aSegmentThatIsLargerThanTheCacheLeavesTheOthers() throws IOException {
    add(1);
    configuration.setLong(SegmentCache.SIZE, VIDEO_BYTES - 1);
    add(2);
    hit(1);
    miss(2);
  }

  @Test
  void runsAtTheSameTimeCanAddFetchAndRemove() throws Exception {
    configuration.setLong(SegmentCache.SIZE, 5 * VIDEO_BYTES);
    ExecutorService runs = Executors.newFixedThreadPool(4);
    try {
      Callable<Boolean> run =
          () -> {
            Staging own =
                new Staging(staging.folder().child("run " + Thread.currentThread().getId()));
            for (int round = 0; round < 10; round++) {
              for (int segment = 0; segment < 8; segment++) {
                add(segment);
                try (Scratch scratch = Scratch.temporary()) {
                  if (cache().fetch(key(segment), ATTEMPT, own, scratch)
                      && !Arrays.equals(own.video(ATTEMPT).read(configuration), video(segment))) {
                    return false;
                  }
                }
              }
            }
            return true;
          };
      for (Future<Boolean> right : runs.invokeAll(List.of(run, run, run, run))) {
        assertThat(right.get()).isTrue();
      }
    } finally {
      runs.shutdownNow();
    }
    assertThat(Arrays.stream(cached.toFile().listFiles()).mapToLong(file -> file.length()).sum())
        .isLessThanOrEqualTo(5 * VIDEO_BYTES);
  }

  @Test
  void aFolderThatOthersCanUseIsRefused() throws IOException {
    Files.setPosixFilePermissions(cached, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> cache().claim(LocalFolder.Access.OWNER))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(cached + ": other users can read or write it (mode 755);")
        .hasMessageEndingWith("or name another folder with --segment_cache");
  }

  @Test
  void aFolderThatDoesNotExistOnThisMachineIsNotCreated() throws IOException {
    Files.delete(cached);
    add(1);
    miss(1);
    assertThat(cached).doesNotExist();
  }

  @Test
  @Tag("slow")
  void segmentsAreKeptOnHdfs() throws IOException {
    try (MiniHdfs hdfs = new MiniHdfs(folder)) {
      Location remote = hdfs.at("/cache/segments");
      remote.fileSystem(configuration).mkdirs(remote.hadoopPath());
      configuration.set(SegmentCache.FOLDER, remote.name());
      cache().claim(LocalFolder.Access.OWNER);
      miss(0);
      for (int segment = 0; segment < 3; segment++) {
        add(segment);
        for (String ending : List.of(".mp4", ".avro")) {
          Location file = remote.child(key(segment) + ending);
          file.fileSystem(configuration).setTimes(file.hadoopPath(), 1_000_000L + segment, -1);
        }
      }
      hit(0);
      long row = remote.child(key(0) + ".avro").status(configuration).getLen();
      configuration.setLong(SegmentCache.SIZE, 3 * (VIDEO_BYTES + row));
      add(3);
      miss(1);
      hit(0);
      hit(2);
      hit(3);
      FileStatus[] files = remote.fileSystem(configuration).listStatus(remote.hadoopPath());
      assertThat(files).hasSize(6);
    }
  }
}
