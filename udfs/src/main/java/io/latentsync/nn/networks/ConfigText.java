package io.latentsync.nn.networks;

import io.latentsync.media.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The text of a configuration file. */
public final class ConfigText {
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /** Larger than any configuration. */
  private static final int LONGEST = 1_000_000;

  private ConfigText() {}

  /**
   * Reads a file in UTF-8, without a byte order mark at its beginning.
   *
   * @throws IOException if the file is not a regular file, cannot be read, has more than 1 MB or is
   *     not in UTF-8; the message names it
   */
  public static String read(Path file) throws IOException {
    Optional<String> fault = RegularFile.fault(file);
    if (fault.isPresent()) {
      throw new IOException(file + ": " + fault.get());
    }
    if (Files.size(file) > LONGEST) {
      throw tooLong(file);
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      // Some files, such as those of /proc, are longer than their declared length.
      bytes = in.readNBytes(LONGEST + 1);
    }
    if (bytes.length > LONGEST) {
      throw tooLong(file);
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": is not text in UTF-8; save the file in that encoding", e);
    }
  }

  private static IOException tooLong(Path file) {
    return new IOException(
        "%s: is longer than 1 MB (%d bytes), which no configuration is".formatted(file, LONGEST));
  }
}
