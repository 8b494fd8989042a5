package io.latentsync.job.staging;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.record.SegmentDistances;
import io.latentsync.record.SegmentMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Intact and damaged records in staging. */
@Timeout(20)
final class StagedRowTest {
  private static final Configuration HADOOP = new Configuration();
  private static final SegmentDistances ROW = new SegmentDistances(16, List.of(1f, 2.5f, 0f));

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("segment-00000016.avro");
    try (Scratch scratch = Scratch.temporary()) {
      StagedRow.write(ROW, new Location(file.toString()), "its video", scratch, HADOOP);
    }
  }

  private static Optional<SegmentDistances> find(Path where, String subject) throws IOException {
    return StagedRow.find(SegmentDistances.class, new Location(where.toString()), subject, HADOOP);
  }

  @Test
  void rowIsReadIfItsFileAndItsSubjectAreUnchanged() throws IOException {
    assertThat(find(file, "its video")).contains(ROW);
    assertThat(find(file, "another video")).isEmpty();
    assertThat(find(folder.resolve("none"), "its video")).isEmpty();
  }

  @Test
  void rowWithAChangedByteOrLengthIsNotUsed() throws IOException {
    byte[] right = Files.readAllBytes(file);
    for (int at = 0; at < right.length; at += 3) {
      byte[] damaged = right.clone();
      damaged[at] ^= (byte) 0xff;
      Files.write(file, damaged);
      assertThat(find(file, "its video")).as("with byte %d changed", at).isEmpty();
      Files.write(file, Arrays.copyOf(right, at));
      assertThat(find(file, "its video")).as("cut to %d bytes", at).isEmpty();
    }
    Files.write(file, Arrays.copyOf(right, right.length + 1));
    assertThat(find(file, "its video")).isEmpty();
  }

  /** A row of another build, or a malicious one with a right digest. */
  @Test
  void rowThatCannotBeDecodedIsNotUsed() throws IOException {
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    record.write(Files.readAllBytes(file), 0, 10); // Avro's marker and the schema's fingerprint.
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(record, null);
    encoder.writeInt(16);
    encoder.writeLong(Long.MAX_VALUE);
    MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update("segment-00000016.avro\nits video\n".getBytes(StandardCharsets.UTF_8));
    record.writeBytes(digest.digest(record.toByteArray()));
    Files.write(file, record.toByteArray());
    assertThat(find(file, "its video")).isEmpty();
  }

  @Test
  void rowUnderAnotherNameIsNotUsed() throws IOException {
    Path other = Files.copy(file, folder.resolve("segment-00000032.avro"));
    assertThat(find(other, "its video")).isEmpty();
  }

  @Test
  void rowOfAnotherKindIsNotUsed() throws IOException {
    assertThat(
            StagedRow.find(
                SegmentMetrics.class, new Location(file.toString()), "its video", HADOOP))
        .isEmpty();
  }

  @Test
  void pathThatIsNotAFileIsNotUsed() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(find(link, "its video")).isEmpty();
    assertThat(find(Files.createDirectory(folder.resolve("folder")), "its video")).isEmpty();
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThat(find(pipe, "its video")).isEmpty();
  }
}
