package io.latentsync.job.staging;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file in staging with one record: Avro's single-object encoding, followed by a SHA-256 of the
 * file's name, of the file that the record describes, and of the record. By the digest, a damaged
 * or renamed file is recognised and ignored.
 */
public final class StagedRow {
  private static final Logger log = LoggerFactory.getLogger(StagedRow.class);

  private static final int DIGEST_BYTES = 32;

  /** Larger than the record of the longest segment. */
  private static final long MOST_BYTES = 64L << 20;

  private StagedRow() {}

  /**
   * Writes the file atomically, through a scratch folder.
   *
   * @param subject the digest of the file that the record describes; empty if there is none
   */
  public static <R extends SpecificRecord> void write(
      R row, Location file, String subject, Scratch scratch, Configuration configuration)
      throws IOException {
    byte[] record = encoder(row).encode(row).array();
    byte[] digest = digest(file, subject, record, record.length);
    byte[] bytes = Arrays.copyOf(record, record.length + digest.length);
    System.arraycopy(digest, 0, bytes, record.length, digest.length);
    Path finished = Files.write(scratch.folder().resolve("row.avro"), bytes);
    file.commit(configuration, finished);
  }

  private static <R extends SpecificRecord> BinaryMessageEncoder<R> encoder(R row) {
    return new BinaryMessageEncoder<>(new SpecificData(), row.getSchema());
  }

  /**
   * Reads the file.
   *
   * @param subject the digest of the file that the record describes; empty if there is none
   * @return empty if the file does not exist, is damaged, or describes another file
   * @throws IOException if staging cannot be read
   */
  public static <R extends SpecificRecord> Optional<R> find(
      Class<R> type, Location file, String subject, Configuration configuration)
      throws IOException {
    OptionalLong size = file.fileLength(configuration);
    if (size.isEmpty()) {
      return Optional.empty();
    }
    if (size.getAsLong() <= MOST_BYTES) {
      byte[] bytes = file.read(configuration);
      int length = Math.max(0, bytes.length - DIGEST_BYTES);
      // Decoded only if the digest is correct: wrong lengths could allocate any amount of memory.
      if (Arrays.equals(
          Arrays.copyOfRange(bytes, length, bytes.length), digest(file, subject, bytes, length))) {
        try {
          return Optional.of(decode(type, Arrays.copyOf(bytes, length)));
        } catch (IOException | RuntimeException e) {
          // Avro reports an invalid record by exceptions of several types.
          log.debug("another build wrote {}", file, e);
        }
      }
    }
    log.warn("{} or its segment is damaged, or another program wrote it; it is made again", file);
    return Optional.empty();
  }

  private static <R extends SpecificRecord> R decode(Class<R> type, byte[] record)
      throws IOException {
    SpecificData data =
        new SpecificData() {
          @Override
          public Object newArray(Object old, int size, Schema schema) {
            // The declared size of a list may be any number, but an element has at least one byte.
            return super.newArray(old, Math.min(size, record.length), schema);
          }
        };
    // The fast reader does not call newArray.
    data.setFastReaderEnabled(false);
    return new BinaryMessageDecoder<R>(data, data.getSchema(type)).decode(record);
  }

  private static byte[] digest(Location file, String subject, byte[] record, int length) {
    MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update("%s\n%s\n".formatted(file.fileName(), subject).getBytes(StandardCharsets.UTF_8));
    digest.update(record, 0, length);
    return digest.digest();
  }
}
