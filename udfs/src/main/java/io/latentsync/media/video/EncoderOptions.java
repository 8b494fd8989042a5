package io.latentsync.media.video;

import java.io.Serializable;
import java.util.Locale;

/**
 * Options of the video encoder. Each of them changes the bytes of the output.
 *
 * @param crf constant rate factor of x264 or x265, {@value #LEAST_CRF} to {@value #LARGEST_CRF}. A
 *     step costs about 1 dB of PSNR. 0, lossless, is not in the High profile
 * @param preset trade-off of x264 or x265 between time and file size
 * @param threads threads of an encoder, 1 to {@value #MOST_THREADS}. The output depends on the
 *     number, so it must not depend on the machine.
 * @param codec of the output
 * @param depth bits of the output's samples
 */
public record EncoderOptions(int crf, Preset preset, int threads, Codec codec, Depth depth)
    implements Serializable {
  /** The smallest CRF. */
  public static final int LEAST_CRF = 1;

  /** The largest CRF. */
  public static final int LARGEST_CRF = 40;

  /** The largest number of threads. */
  public static final int MOST_THREADS = 16;

  /** The defaults of the command line. */
  public static final EncoderOptions DEFAULT = new EncoderOptions(18, Preset.SLOW, 2);

  /** A video codec. */
  public enum Codec {
    /** H.264 for 8 bits, HEVC for 10. */
    AUTO,
    /** ITU-T H.264, MPEG-4 AVC. */
    H264,
    /** ITU-T H.265. */
    HEVC;

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Bits of a sample. */
  public enum Depth {
    /**
     * 8 for sources of 8 bits, 10 for all others; always 8 for H.264, because few players decode 10
     * bits of it, and in a build that cannot encode HEVC.
     */
    AUTO("auto"),
    EIGHT("8"),
    TEN("10");

    private final String word;

    Depth(String word) {
      this.word = word;
    }

    /** The bits of frames that are read from pictures. */
    int bits(PictureFormat pictures) {
      return switch (this) {
        case AUTO -> pictures.bits() > Byte.SIZE ? 10 : 8;
        case EIGHT -> 8;
        case TEN -> 10;
      };
    }

    /** The name on the command line. */
    @Override
    public String toString() {
      return word;
    }
  }

  /** A preset of x264 and x265, by its name. */
  public enum Preset {
    /** The fastest. */
    ULTRAFAST,
    SUPERFAST,
    VERYFAST,
    FASTER,
    FAST,
    /** The default of x264. */
    MEDIUM,
    /** The default of this program. */
    SLOW,
    SLOWER,
    /** The smallest files. */
    VERYSLOW;

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public EncoderOptions {
    require("crf", crf, LEAST_CRF, LARGEST_CRF);
    require("encoder threads", threads, 1, MOST_THREADS);
  }

  /** Options whose codec and depth follow the source. */
  public EncoderOptions(int crf, Preset preset, int threads) {
    this(crf, preset, threads, Codec.AUTO, Depth.AUTO);
  }

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d, but must be from %d to %d".formatted(option, value, least, most));
    }
  }
}
