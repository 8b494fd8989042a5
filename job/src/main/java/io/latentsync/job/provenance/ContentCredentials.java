package io.latentsync.job.provenance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * The existence and the checksum of a C2PA manifest (Content Credentials) in a file in the ISO base
 * media format. The signature of the manifest is not verified.
 *
 * @param sha256 SHA-256 of the box that contains the manifest, in hexadecimal digits
 * @param bytes length of that box
 */
record ContentCredentials(String sha256, long bytes) {
  /** The type of the box in the C2PA specification, section "Embedding manifests into BMFF". */
  private static final long C2PA_HIGH = 0xD8FEC3D61B0E483CL;

  private static final long C2PA_LOW = 0x92975828877EC481L;

  private static final int HEADER = 32;

  /** Maximum number of boxes that are searched. An intact file has a few dozen. */
  private static final int MOST_BOXES = 10_000;

  /**
   * Searches the top-level boxes for a manifest.
   *
   * @param file a file of any format
   * @return empty if there is none
   */
  static Optional<ContentCredentials> find(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long at = 0;
      for (int i = 0; i < MOST_BOXES && at + 8 <= channel.size(); i++) {
        ByteBuffer header = header(channel, at);
        long size = Integer.toUnsignedLong(header.getInt());
        byte[] type = new byte[4];
        header.get(type);
        if (size == 1) {
          size = header.getLong();
        } else if (size == 0) {
          size = channel.size() - at;
        }
        if (size < 8 || size > channel.size() - at) {
          return Optional.empty();
        }
        if (isManifest(new String(type, StandardCharsets.ISO_8859_1), header)) {
          return Optional.of(of(channel, at, size));
        }
        at += size;
      }
      return Optional.empty();
    }
  }

  private static boolean isManifest(String type, ByteBuffer rest) {
    return type.equals("jumb")
        || (type.equals("uuid") && rest.getLong() == C2PA_HIGH && rest.getLong() == C2PA_LOW);
  }

  /** The bytes at a position; zeros after the end of the file. */
  private static ByteBuffer header(FileChannel channel, long at) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    while (header.hasRemaining() && channel.read(header, at + header.position()) >= 0) {}
    return header.position(0).limit(HEADER);
  }

  private static ContentCredentials of(FileChannel channel, long at, long size) throws IOException {
    channel.position(at);
    try (InputStream box =
        BoundedInputStream.builder()
            .setInputStream(Channels.newInputStream(channel))
            .setMaxCount(size)
            .get()) {
      return new ContentCredentials(DigestUtils.sha256Hex(box), size);
    }
  }
}
