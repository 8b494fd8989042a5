package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_HEVC;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The formats in which videos are written, each with H.264 or HEVC, and AAC. The ending of a file's
 * name selects the format.
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

  /** The tag of HEVC whose parameter sets are in the sample description; Apple needs it. */
  public static final int HVC1 = 'h' | ('v' << 8) | ('c' << 16) | ('1' << 24);

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

  /**
   * The format to write for a file of this one.
   *
   * @param codec FFmpeg's AVCodecID of the video. FFmpeg's M4V, the same format as MP4 but for its
   *     brand, has no HEVC
   */
  public Container carrying(int codec) {
    return this == M4V && codec == AV_CODEC_ID_HEVC ? MP4 : this;
  }

  /**
   * The format's tag of a video codec; 0 leaves it to FFmpeg.
   *
   * @param codec FFmpeg's AVCodecID
   */
  public int tag(int codec) {
    return codec == AV_CODEC_ID_HEVC && isIsoMedia() ? HVC1 : 0;
  }

  /** Whether the file consists of the boxes of the ISO base media format. */
  public boolean isIsoMedia() {
    return this != MKV;
  }

  /** Whether the index, which is written last, can be moved to the beginning of the file. */
  boolean fastStart() {
    return fastStart;
  }
}
