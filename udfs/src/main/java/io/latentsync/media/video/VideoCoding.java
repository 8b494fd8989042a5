package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P10;

import io.latentsync.media.video.EncoderOptions.Codec;
import io.latentsync.media.video.EncoderOptions.Depth;
import java.io.Serializable;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.ffmpeg.avcodec.AVCodec;

/**
 * How the pictures of an output are coded.
 *
 * @param codec H264 or HEVC
 * @param bits of a sample, 8 or 10
 * @param encoder FFmpeg's name of the encoder
 */
public record VideoCoding(Codec codec, int bits, String encoder) implements Serializable {
  static final String X264 = "libx264";
  static final String X265 = "libx265";
  static final String OPENH264 = "libopenh264";

  /** The quantiser of openh264 that gives the quality of a CRF of x264 is smaller by this. */
  private static final int OPENH264_QUANTISER_BELOW_CRF = 2;

  /**
   * The coding that options select.
   *
   * @param like the source, as it is read
   */
  public static VideoCoding of(EncoderOptions options, VideoProbe like) {
    Codec codec =
        options.codec() == Codec.AUTO
            ? like.bits() > Byte.SIZE ? Codec.HEVC : Codec.H264
            : options.codec();
    return new VideoCoding(codec, like.bits(), encoder(codec));
  }

  /** The depth at which the source's pictures are read; AUTO keeps the source's. */
  public static Depth readingDepth(EncoderOptions options) {
    boolean reduced = options.codec() == Codec.H264 || !isAvailable(Codec.HEVC, 10);
    return options.depth() == Depth.AUTO && reduced ? Depth.EIGHT : options.depth();
  }

  /** The encoder of this build for a codec. */
  private static String encoder(Codec codec) {
    if (codec == Codec.HEVC) {
      return X265;
    }
    return exists(X264) ? X264 : OPENH264;
  }

  /**
   * Whether this build can encode. FFmpeg's LGPL build has openh264 only, which encodes 8 bits.
   *
   * @param codec H264 or HEVC
   * @param bits 8 or 10
   */
  public static boolean isAvailable(Codec codec, int bits) {
    String encoder = encoder(codec);
    return exists(encoder) && (bits == Byte.SIZE || !encoder.equals(OPENH264));
  }

  private static boolean exists(String encoder) {
    AVCodec found = avcodec_find_encoder_by_name(encoder);
    return found != null && !found.isNull();
  }

  /** FFmpeg's format of the pictures, 4:2:0. */
  int pixelFormat() {
    return bits > Byte.SIZE ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
  }

  /** The encoder's private options. */
  Map<String, String> settings(EncoderOptions options) {
    return switch (encoder) {
      case X264 ->
          Map.of(
              "profile",
              bits > Byte.SIZE ? "high10" : "high",
              "preset",
              options.preset().toString(),
              "tune",
              "film",
              "crf",
              String.valueOf(options.crf()),
              // Portable code for the macroblock tree: that for AVX-512 reads memory that is not
              // set if the width is not a multiple of 128, so equal pictures would have other
              // bytes in each process.
              "x264-params",
              "cpu-independent=1");
      case X265 ->
          Map.of(
              "profile",
              bits > Byte.SIZE ? "main10" : "main",
              "preset",
              options.preset().toString(),
              "crf",
              String.valueOf(options.crf()),
              // More frame threads would make motion search depend on their number. The SEI message
              // that "info" adds names the processor.
              "x265-params",
              "pools=" + options.threads() + ":frame-threads=1:info=0:log-level=none");
      // The wrapper has no option for a constant quantiser.
      default -> Map.of("profile", "high", "rc_mode", "bitrate", "allow_skip_frames", "0");
    };
  }

  /** The limit of the rate control's quantiser, below and above; empty if the CRF replaces it. */
  OptionalInt quantiser(EncoderOptions options) {
    return encoder.equals(OPENH264)
        ? OptionalInt.of(Math.max(1, options.crf() - OPENH264_QUANTISER_BELOW_CRF))
        : OptionalInt.empty();
  }

  /** For people, such as {@code HEVC, 10 bits}. */
  public String text() {
    return "%s, %d bits".formatted(codec == Codec.HEVC ? "HEVC" : "H.264", bits);
  }
}
