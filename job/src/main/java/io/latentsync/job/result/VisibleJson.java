package io.latentsync.job.result;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import io.latentsync.text.Printable;

/**
 * Escapes control characters in JSON strings, so that they have no effect on a terminal that shows
 * the file. A JSON parser reads the original strings.
 */
final class VisibleJson extends CharacterEscapes {
  private static final long serialVersionUID = 1L;

  @Override
  public int[] getEscapeCodesForAscii() {
    int[] codes = standardAsciiEscapesForJSON();
    codes[0x7f] = ESCAPE_STANDARD;
    return codes;
  }

  @Override
  public SerializableString getEscapeSequence(int character) {
    return Printable.isHidden(character) && !Character.isSurrogate((char) character)
        ? new SerializedString(Printable.escape(character))
        : null;
  }
}
