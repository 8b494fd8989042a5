package io.latentsync.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The machine-readable mark of a video whose faces are partly generated: IPTC's digital source
 * type, in XMP (ISO 16684-1) and in the comment.
 */
public final class SyntheticMediaMark {
  /** IPTC's term for recorded media of which a trained algorithm made a part. */
  public static final String SOURCE_TYPE =
      "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

  /** The text of the comment. */
  public static final String COMMENT =
      "The lips in this video were re-synthesised by AI. Digital source type: " + SOURCE_TYPE;

  /** The type of the box that holds XMP in files of the ISO base media format (XMP, part 3). */
  private static final long XMP_HIGH = 0xBE7ACFCB97A942E8L;

  private static final long XMP_LOW = 0x9C71999491E3AFACL;

  private static final String XMP =
      """
      <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
      <x:xmpmeta xmlns:x="adobe:ns:meta/">
       <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about=""
          xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
          Iptc4xmpExt:DigitalSourceType="%s"/>
       </rdf:RDF>
      </x:xmpmeta>
      <?xpacket end="r"?>
      """
          .formatted(SOURCE_TYPE);

  private SyntheticMediaMark() {}

  /**
   * Appends the XMP to a finished file. Matroska has no place for XMP; such a file stays as it is
   * and has only the comment.
   *
   * @param file a video that has the comment
   */
  public static void appendXmp(Path file) throws IOException {
    if (Container.of(file.toString()).filter(Container::isIsoMedia).isEmpty()) {
      return;
    }
    byte[] packet = XMP.getBytes(StandardCharsets.UTF_8);
    ByteBuffer box = ByteBuffer.allocate(24 + packet.length).order(ByteOrder.BIG_ENDIAN);
    box.putInt(box.capacity()).put("uuid".getBytes(StandardCharsets.US_ASCII));
    box.putLong(XMP_HIGH).putLong(XMP_LOW).put(packet).flip();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
      while (box.hasRemaining()) {
        channel.write(box);
      }
    }
  }
}
