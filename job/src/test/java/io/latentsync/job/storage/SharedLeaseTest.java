package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.staging.StagingLease;
import io.latentsync.job.testing.MiniHdfs;
import io.latentsync.job.testing.OtherProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Simultaneous runs with staging folders on a real HDFS. */
@Tag("slow")
final class SharedLeaseTest {
  /**
   * Short renewal intervals, so that a running run is recognised quickly, and a long expiry, so
   * that no run counts as killed.
   */
  private static final SharedLease.Times QUICK =
      new SharedLease.Times(Duration.ofMillis(200), Duration.ofMinutes(10));

  @TempDir static Path folder;
  private static MiniHdfs hdfs;
  private static Configuration configuration;

  private Staging staging;

  @BeforeAll
  static void startHdfs() throws IOException {
    hdfs = new MiniHdfs(folder);
    configuration = hdfs.configuration();
  }

  @AfterAll
  static void stopHdfs() {
    hdfs.close();
  }

  @BeforeEach
  void name(TestInfo test) {
    staging = new Staging(hdfs.at("/" + test.getTestMethod().orElseThrow().getName() + "/staging"));
  }

  private StagingLease take() throws IOException {
    return StagingLease.take(staging, LocalFolder.Access.OWNER, configuration, QUICK);
  }

  private static void put(StagingLease lease, String name) throws IOException {
    Location file = lease.staging().folder().child(name);
    file.fileSystem(configuration).create(file.hadoopPath()).close();
  }

  /** The names in a folder, in order. */
  private static List<String> in(Location where) throws IOException {
    FileSystem fileSystem = where.fileSystem(configuration);
    return Arrays.stream(fileSystem.listStatus(where.hadoopPath()))
        .map(file -> file.getPath().getName())
        .sorted()
        .toList();
  }

  private FileStatus onlyLeaseFile() throws IOException {
    FileSystem fileSystem = staging.lease().fileSystem(configuration);
    FileStatus[] files = fileSystem.listStatus(staging.lease().hadoopPath());
    assertThat(files).hasSize(1);
    return files[0];
  }

  @Test
  void twoRunsOfOneCommandAtTheSameTimeUseTwoFolders() throws IOException {
    try (StagingLease first = take()) {
      assertThat(first.staging()).isEqualTo(staging);
      put(first, "segment-00000000.mp4");
      try (StagingLease second = take()) {
        assertThat(second.staging()).isNotEqualTo(staging);
        put(second, "segment-00000000.mp4");
      }
      assertThat(in(staging.folder())).containsExactly("segment-00000000.mp4");
      assertThat(in(staging.folder().parent())).containsExactly("staging", "staging.lease");
    }
    assertThat(in(staging.folder().parent())).as("after the end").containsExactly("staging");
    try (StagingLease third = take()) {
      assertThat(third.staging()).isEqualTo(staging);
      third.done();
    }
    assertThat(in(staging.folder().parent())).isEmpty();
  }

  @Test
  void simultaneousRunsNeverShareAFolder() throws Exception {
    int runs = 6;
    CyclicBarrier together = new CyclicBarrier(runs);
    Callable<StagingLease> run =
        () -> {
          together.await();
          return take();
        };
    ExecutorService threads = Executors.newFixedThreadPool(runs);
    try {
      List<Future<StagingLease>> leases = threads.invokeAll(Collections.nCopies(runs, run));
      List<Staging> stagings = new ArrayList<>();
      for (Future<StagingLease> lease : leases) {
        stagings.add(lease.get().staging());
      }
      assertThat(stagings).doesNotHaveDuplicates();
      for (Future<StagingLease> lease : leases) {
        lease.get().close();
      }
      // Each of them may have yielded to another run. Without other runs, the next one gets the
      // folder.
      try (StagingLease next = take()) {
        assertThat(next.staging()).isEqualTo(staging);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(in(staging.folder().parent())).isEmpty();
  }

  @Test
  void aKilledRunIsResumedFromItsSegments() throws Exception {
    SharedLease.Times shortExpiry =
        new SharedLease.Times(Duration.ofMillis(100), Duration.ofMillis(1500));
    try (OtherProcess killed = OtherProcess.thatHolds(staging.folder(), shortExpiry)) {
      try (StagingLease meanwhile = take()) {
        assertThat(meanwhile.staging()).isNotEqualTo(staging);
      }
      killed.kill();
    }
    FileStatus left = onlyLeaseFile();
    try (StagingLease lease =
        StagingLease.take(staging, LocalFolder.Access.OWNER, configuration, shortExpiry)) {
      assertThat(lease.staging()).isEqualTo(staging);
      assertThat(onlyLeaseFile().getPath()).isNotEqualTo(left.getPath());
    }
  }

  @Test
  @Timeout(20)
  void fileWithTheNameOfTheStagingFolderIsRefusedAndOtherNamesAmongTheLeasesAreIgnored()
      throws IOException {
    Location folder = staging.folder();
    FileSystem fileSystem = folder.fileSystem(configuration);
    fileSystem.create(folder.hadoopPath()).close();
    assertThatThrownBy(this::take)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(folder + ": is not a folder; remove it");
    assertThat(in(folder.parent())).as("the lease is released").containsExactly("staging");
    fileSystem.delete(folder.hadoopPath(), false);

    Location odd = staging.lease().child("odd").child("null");
    fileSystem.mkdirs(odd.hadoopPath());
    fileSystem.setTimes(odd.parent().hadoopPath(), 0, -1);
    fileSystem.mkdirs(folder.child("segment-00000000.avro").child("inside").hadoopPath());
    try (StagingLease lease = take()) {
      assertThat(lease.staging()).isEqualTo(staging);
      assertThat(in(folder)).isEmpty();
    }
  }

  @Test
  void leaseWithoutRenewalForALongTimeIsTakenOverAtOnce() throws IOException {
    Location left = staging.lease().child("of-a-run-that-was-killed");
    FileSystem fileSystem = left.fileSystem(configuration);
    fileSystem.create(left.hadoopPath()).close();
    fileSystem.setTimes(
        left.hadoopPath(), Instant.now().minus(Duration.ofMinutes(11)).toEpochMilli(), -1);
    try (StagingLease lease = take()) {
      assertThat(lease.staging()).isEqualTo(staging);
      assertThat(onlyLeaseFile().getPath()).isNotEqualTo(left.hadoopPath());
    }
  }

  @Test
  void leaseIsRenewedAsLongAsItsRunLives() throws IOException {
    try (StagingLease lease = take()) {
      FileStatus first = onlyLeaseFile();
      await()
          .until(() -> onlyLeaseFile().getModificationTime() > first.getModificationTime() + 300);
      assertThat(onlyLeaseFile().getPath()).isEqualTo(first.getPath());
    }
  }

  @Test
  void pausedRunLeavesItsFolderToTheRunThatTookTheLease() throws IOException {
    try (StagingLease slow = take()) {
      FileSystem fileSystem = staging.lease().fileSystem(configuration);
      fileSystem.delete(onlyLeaseFile().getPath(), false);
      try (StagingLease next = take()) {
        assertThat(next.staging()).isEqualTo(staging);
        put(next, "segment-00000000.mp4");
        put(next, "speech.pcm");
        slow.done();
        slow.close();
        assertThat(in(staging.folder())).containsExactly("segment-00000000.mp4", "speech.pcm");
        assertThat(in(staging.lease())).hasSize(1);
      }
    }
  }
}
