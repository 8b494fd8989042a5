package io.latentsync.nn.networks;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of a configuration file. */
public final class ConfigText {
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private ConfigText() {}

  /**
   * Reads a file in UTF-8, without a byte order mark at its beginning.
   *
   * @throws IOException if the file cannot be read or is not in UTF-8; the message names it
   */
  public static String read(Path file) throws IOException {
    try {
      String text = Files.readString(file);
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": is not text in UTF-8; save the file in that encoding", e);
    }
  }
}
