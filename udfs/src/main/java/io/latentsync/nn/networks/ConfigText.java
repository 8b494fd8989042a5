package io.latentsync.nn.networks;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.latentsync.media.RegularFile;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** The text of a configuration file. */
public final class ConfigText {
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /** Maximum length of a file in bytes; configurations are much shorter. */
  private static final int LONGEST = 1_000_000;

  /** Maximum number of characters of the parser's message. */
  private static final int LONGEST_REASON = 500;

  private ConfigText() {}

  /**
   * Reads a file in UTF-8, without a byte order mark at its beginning.
   *
   * @throws IOException if the file is not a regular file, cannot be read, has more than 1 MB or is
   *     not UTF-8; the message names it
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

  /**
   * Describes a syntax error of YAML or JSON, or a value of the wrong type, in one line with the
   * location.
   */
  public static String problem(JsonProcessingException error) {
    if (error instanceof MismatchedInputException mismatch
        && !error.getOriginalMessage().startsWith("Missing")) {
      String name = name(mismatch);
      return "%s must be %s"
          .formatted(name.isEmpty() ? "it" : Printable.value(name), kind(mismatch.getTargetType()));
    }
    // Indented lines quote the file or repeat the location.
    String reason =
        error
            .getOriginalMessage()
            .lines()
            .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
            .collect(Collectors.joining(", "));
    if (reason.length() > LONGEST_REASON) {
      reason = reason.substring(0, LONGEST_REASON) + "…";
    }
    JsonLocation place = error.getLocation();
    return Printable.line(reason)
        + (place == null
            ? ""
            : " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr()));
  }

  private static String name(MismatchedInputException error) {
    return error.getPath().stream()
        .map(Reference::getFieldName)
        .filter(Objects::nonNull)
        .collect(Collectors.joining("."));
  }

  private static String kind(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == Integer.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    return type == String.class ? "a string" : "a value of another type";
  }

  private static IOException tooLong(Path file) {
    return new IOException(
        "%s: is longer than 1 MB (%d bytes), the maximum length of a configuration"
            .formatted(file, LONGEST));
  }
}
