package io.latentsync.media;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The formats in which videos are written, each with H.264 and AAC. The ending of a file's name
 * selects the format.
 */
public enum Container {
  /** ISO base media, MPEG-4 part 14. */
  MP4(".mp4", "mp4", true),
  /** MP4 as Apple's programs name it. */
  M4V(".m4v", "ipod", true),
  /** QuickTime. */
  MOV(".mov", "mov", true),
  /** Matroska. */
  MKV(".mkv", "matroska", false);

  private final String ending;
  private final String muxer;
  private final boolean fastStart;

  Container(String ending, String muxer, boolean fastStart) {
    this.ending = ending;
    this.muxer = muxer;
    this.fastStart = fastStart;
  }

  /** The format of a file name's ending, in any case; empty if there is none. */
  public static Optional<Container> of(String fileName) {
    String lower = fileName.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(format -> lower.endsWith(format.ending)).findFirst();
  }

  /** All endings, as a list for a sentence. */
  public static String endings() {
    return Arrays.stream(values())
        .limit(values().length - 1L)
        .map(format -> format.ending)
        .collect(Collectors.joining(", ", "", " or " + values()[values().length - 1].ending));
  }

  /** FFmpeg's name of the format. */
  String muxer() {
    return muxer;
  }

  /** Whether the file consists of the boxes of the ISO base media format. */
  boolean isIsoMedia() {
    return this != MKV;
  }

  /** Whether the index, which is written last, can be moved to the beginning of the file. */
  boolean fastStart() {
    return fastStart;
  }
}
