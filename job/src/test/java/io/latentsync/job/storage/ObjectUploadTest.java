package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits to a real S3 server. */
final class ObjectUploadTest {
  private static final S3Server.Fault INTERNAL_ERROR =
      S3Server.Fault.error(500, "InternalError", "We encountered an internal error.");

  @TempDir static Path folder;
  private static S3Server s3;
  private static Configuration configuration;
  private static Path large;

  private final Location output = s3.at("/out/größe 1.mp4");
  private final Location record = s3.at("/staging/output-upload");

  @BeforeAll
  static void startServer() throws Exception {
    s3 = new S3Server(folder.resolve("s3"));
    configuration = s3.configuration();
    byte[] bytes = new byte[12 << 20];
    new Random(7).nextBytes(bytes);
    large = Files.write(folder.resolve("large"), bytes);
  }

  @AfterAll
  static void stopServer() throws Exception {
    s3.close();
  }

  @BeforeEach
  void anOutputExists() throws IOException {
    output.commit(configuration, Files.writeString(folder.resolve("small"), "old"));
    s3.forget();
  }

  @AfterEach
  void nothingElseIsLeft() {
    s3.recover();
    assertThat(s3.objects()).containsExactly("out/größe 1.mp4");
    assertThat(s3.pendingUploads()).isEmpty();
  }

  @Test
  void aSmallFileIsOneRequest() throws Exception {
    output.commit(configuration, Files.writeString(folder.resolve("small"), "new"));
    assertThat(s3.counts()).containsOnlyKeys("PutObject").containsEntry("PutObject", 1L);
    assertThat(output.read(configuration)).asString().isEqualTo("new");
  }

  @Test
  void aLargeFileIsCompletedOnceAndNeverCopied() throws Exception {
    output.commit(configuration, large, record);
    assertThat(s3.counts())
        .containsEntry("UploadPart", 3L)
        .containsEntry("CompleteMultipartUpload", 1L)
        .doesNotContainKey("CopyObject");
    assertThat(output.read(configuration)).isEqualTo(Files.readAllBytes(large));
  }

  @Test
  void aPartIsSentAgainAfterAnError() throws Exception {
    failFirst("UploadPart");
    output.commit(configuration, large, record);
    assertThat(output.read(configuration)).isEqualTo(Files.readAllBytes(large));
  }

  @Test
  void anUploadThatFailsInTheMiddleIsAbortedAndTheOldFileStays() throws Exception {
    s3.failWith(
        request ->
            Optional.of(INTERNAL_ERROR).filter(any -> request.query().contains("partNumber=2")));
    assertThatThrownBy(() -> output.commit(configuration, large, record))
        .isInstanceOf(IOException.class);
    assertThat(output.read(configuration)).asString().isEqualTo("old");
    assertThat(s3.pendingUploads()).isEmpty();
    s3.recover();
    record.delete(configuration);
  }

  private static void failFirst(String operation) {
    s3.failWith(
        request ->
            Optional.of(INTERNAL_ERROR)
                .filter(any -> request.operation().equals(operation))
                .filter(any -> s3.counts().get(operation) == 1));
  }
}
