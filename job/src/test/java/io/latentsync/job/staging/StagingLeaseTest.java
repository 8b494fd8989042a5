package io.latentsync.job.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.security.auth.module.UnixSystem;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.SharedLease;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The files that runs leave in staging, and simultaneous runs. */
@Tag("slow")
final class StagingLeaseTest {
  private static final Configuration HADOOP = new Configuration();

  private static final String FACES = "faces-" + "5d".repeat(32) + ".avro";

  @TempDir Path folder;

  private StagingLease take() throws IOException {
    return take(new Staging(new Location(folder.resolve("staging").toString())));
  }

  private static StagingLease take(Staging staging) throws IOException {
    return StagingLease.take(staging, LocalFolder.Access.OWNER, HADOOP, SharedLease.Times.USUAL);
  }

  private static void put(StagingLease lease, String name) throws IOException {
    Path file = lease.staging().folder().localPath().resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, name);
  }

  private List<String> left(Path where) throws IOException {
    try (Stream<Path> files = Files.list(where)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** What is left except the file with the leases of running runs. */
  private List<String> stagings(Path where) throws IOException {
    return left(where).stream().filter(name -> !name.startsWith(".latentsync-leases-")).toList();
  }

  @Test
  void runThatFailsLeavesOnlyTheFacesAndItsFinishedSegments() throws IOException {
    try (StagingLease lease = take()) {
      put(lease, "segment-00000000.mp4");
      put(lease, "segment-00000000.avro");
      put(lease, FACES);
      put(lease, "speech.pcm");
      put(lease, ".segment-00000016.mp4.5d.part");
      put(lease, "scratch-1/segment.mp4");
    }
    assertThat(left(folder.resolve("staging")))
        .containsExactly(FACES, "segment-00000000.avro", "segment-00000000.mp4");
  }

  @Test
  @Timeout(20)
  void stagingThatIsALinkIsRefusedAndItsTargetIsUnchanged() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.writeString(target.resolve("letter.txt"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("staging"), target);
    assertThatThrownBy(this::take)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(link + ": is a link, but must be a folder that the run created; remove it");
    assertThat(target.resolve("letter.txt")).hasContent("mine");
    Files.delete(link);
    take().close();
  }

  @Test
  @Timeout(20)
  void linksInAStagingAreRemovedAndNotFollowed() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.writeString(target.resolve("letter.txt"), "mine");
    try (StagingLease lease = take()) {
      put(lease, "segment-00000000.mp4");
      Path parts = lease.staging().folder().localPath();
      Files.createSymbolicLink(parts.resolve("scratch-1"), target);
      Files.createSymbolicLink(parts.resolve("segment-00000016.mp4"), target.resolve("letter.txt"));
      Files.createSymbolicLink(parts.resolve("nowhere"), folder.resolve("gone"));
      put(lease, "scratch-2/parts/segment.mp4");
      Files.createSymbolicLink(parts.resolve("scratch-2/parts/up"), target);
    }
    assertThat(left(folder.resolve("staging"))).containsExactly("segment-00000000.mp4");
    assertThat(target.resolve("letter.txt")).hasContent("mine");
  }

  @Test
  @Timeout(20)
  void foldersAndLinksWithNamesOfFilesAreRemovedBeforeTheRun() throws Exception {
    try (StagingLease lease = take()) {
      put(lease, "segment-00000000.mp4");
      put(lease, "segment-00000000.avro");
      put(lease, "segment-00000000-guidance-1.5-syncnet-0123456789abcdef.avro");
    }
    Path parts = folder.resolve("staging");
    Files.createDirectories(parts.resolve("segment-00000016.mp4/inside"));
    Files.createDirectory(parts.resolve("segment-00000016.avro"));
    Files.createDirectory(parts.resolve("speech.pcm"));
    pipe(parts.resolve("segment-00000032.avro"));
    pipe(parts.resolve(FACES));
    for (String name :
        List.of(
            "segment-",
            "segment-99999999999999999999.avro",
            "segment--0000001.mp4",
            "segment-00000000.mp4.mp4",
            "segment-00000000-guidance-null.mp4",
            "faces-null.avro",
            "faces-.avro",
            "segment-a:b.avro")) {
      Files.writeString(parts.resolve(name), "null");
    }
    try (StagingLease lease = take()) {
      assertThat(left(parts))
          .containsExactly(
              "segment-00000000-guidance-1.5-syncnet-0123456789abcdef.avro",
              "segment-00000000.avro",
              "segment-00000000.mp4");
      lease.done();
    }
    assertThat(left(folder)).isEmpty();
  }

  private static void pipe(Path path) throws Exception {
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
  }

  @Test
  @Timeout(20)
  void stagingIsPrivateOnOneMachineAndOpenToTheGroupOnACluster() throws IOException {
    try (StagingLease lease = take()) {
      assertThat(Files.getPosixFilePermissions(lease.staging().folder().localPath()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
    Staging shared = new Staging(new Location(folder.resolve("shared").toString()));
    try (StagingLease lease =
        StagingLease.take(shared, LocalFolder.Access.GROUP, HADOOP, SharedLease.Times.USUAL)) {
      assertThat(Files.getPosixFilePermissions(lease.staging().folder().localPath()))
          .contains(PosixFilePermission.GROUP_READ)
          .doesNotContain(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);
    }
  }

  @Test
  @Timeout(20)
  void stagingThatOthersCanWriteToIsRefused() throws IOException {
    Path parts = Files.createDirectory(folder.resolve("staging"));
    Files.setPosixFilePermissions(parts, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(this::take)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            parts
                + ": other users can read or write it (mode 777); remove these permissions (chmod 700),"
                + " or name another folder with --temp_dir");
    assertThat(Files.getPosixFilePermissions(parts)).as("unchanged").hasSize(9);
  }

  @Test
  @Timeout(20)
  void leasesShareAFileThatIsRemovedWithTheLast() throws IOException {
    String locks = ".latentsync-leases-" + new UnixSystem().getUid();
    try (StagingLease first = take()) {
      for (int run = 0; run < 20; run++) {
        take(new Staging(new Location(folder.resolve("staging" + run).toString()))).close();
      }
      assertThat(left(folder)).containsExactly(locks, "staging");
      first.done();
    }
    assertThat(left(folder)).isEmpty();
  }

  @Test
  @Timeout(20)
  void processWithOtherTemporaryFilesIsExcluded() throws Exception {
    Staging staging = new Staging(new Location(folder.resolve("staging").toString()));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    try (OtherProcess other = OtherProcess.onMachine(temporary, staging)) {
      try (StagingLease here = take()) {
        assertThat(here.staging()).isNotEqualTo(staging);
      }
      other.kill();
      try (StagingLease here = take()) {
        assertThat(here.staging()).isEqualTo(staging);
        here.done();
      }
    }
    assertThat(left(folder)).containsExactly("tmp");
  }

  @Test
  @Timeout(20)
  void leaseWhoseFileIsRemovedNoLongerLasts() throws IOException {
    try (StagingLease first = take()) {
      put(first, "segment-00000000.mp4");
      Files.delete(folder.resolve(".latentsync-leases-" + new UnixSystem().getUid()));
      try (StagingLease second = take()) {
        assertThat(second.staging()).isEqualTo(first.staging());
        first.done();
        first.close();
        assertThat(left(folder.resolve("staging"))).containsExactly("segment-00000000.mp4");
        try (StagingLease third = take()) {
          assertThat(third.staging()).isNotEqualTo(first.staging());
        }
        second.done();
      }
    }
    assertThat(left(folder)).isEmpty();
  }

  @Test
  void runWithoutAFinishedSegmentAndSuccessfulRunLeaveNothing() throws IOException {
    try (StagingLease lease = take()) {
      put(lease, "speech.pcm");
    }
    assertThat(left(folder)).isEmpty();
    try (StagingLease lease = take()) {
      put(lease, "segment-00000000.mp4");
      lease.done();
    }
    assertThat(left(folder)).isEmpty();
  }

  @Test
  void twoRunsOfOneCommandAtTheSameTimeUseTwoFolders() throws IOException {
    try (StagingLease first = take()) {
      put(first, "segment-00000000.mp4");
      try (StagingLease second = take()) {
        assertThat(second.staging()).isNotEqualTo(first.staging());
        put(second, "segment-00000000.mp4");
        assertThat(stagings(folder)).hasSize(2);
      }
      assertThat(stagings(folder)).containsExactly("staging");
    }
    try (StagingLease third = take()) {
      assertThat(third.staging().folder().localPath()).isEqualTo(folder.resolve("staging"));
      third.done();
    }
  }

  /**
   * Runs the whole command in a process, with so many steps that it is still running when the
   * signal arrives.
   */
  @Test
  void runThatReceivesASignalKeepsTheFacesAndItsLeaseUntilItEnds() throws Exception {
    Path inputs = Files.createDirectory(folder.resolve("inputs"));
    Path temp = Files.createDirectory(folder.resolve("temp"));
    Path out = Files.createDirectory(folder.resolve("out"));
    NanoModels nano = new NanoModels(inputs);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of(System.getProperty("conf.dir"), "jvm.flags"),
                "-Xmx1g",
                "-Dspark.master=local[1]",
                "-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile"),
                "-cp",
                System.getProperty("java.class.path"),
                DubCommand.class.getName()));
    command.addAll(List.of("--video_path", nano.video(5).toString()));
    command.addAll(List.of("--audio_path", nano.speech(0.5).toString()));
    command.addAll(List.of("--video_out_path", out.resolve("dubbed.mp4").toString()));
    command.addAll(nano.options());
    command.addAll(List.of("--temp_dir", temp.toString(), "--inference_steps", "999"));
    Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = readUntil(run.getInputStream(), "synthesise   0 %");
      assertThat(output).contains("synthesise   0 %");
      List<String> stagings = stagings(temp);
      assertThat(stagings).as("in --temp_dir after the output %s", output).hasSize(1);
      Staging staging = new Staging(new Location(temp.resolve(stagings.get(0)).toString()));
      assertThat(left(staging.folder().localPath())).contains("speech.pcm");
      try (StagingLease here = take(staging)) {
        assertThat(here.staging()).isNotEqualTo(staging);
      }

      run.toHandle().destroy(); // SIGTERM; unlike Process.destroy it leaves the streams open
      run.getInputStream().transferTo(OutputStream.nullOutputStream());
      assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(run.exitValue()).isNotZero();
    } finally {
      run.destroyForcibly();
    }
    assertThat(left(temp)).as("in --temp_dir").hasSize(1);
    assertThat(left(temp.resolve(left(temp).get(0))))
        .as("in the staging folder")
        .singleElement()
        .asString()
        .startsWith("faces-");
    assertThat(left(out)).as("next to the output").isEmpty();
  }

  private static String readUntil(InputStream in, String word) throws IOException {
    StringBuilder output = new StringBuilder();
    byte[] buffer = new byte[4096];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      output.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      if (output.indexOf(word) >= 0) {
        break;
      }
    }
    return output.toString();
  }
}
