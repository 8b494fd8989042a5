package io.latentsync.media;

import java.io.Serializable;
import java.util.Locale;

/**
 * Options of the video encoder. Each of them changes the bytes of the output.
 *
 * @param crf constant rate factor of x264, {@value #LEAST_CRF} to {@value #LARGEST_CRF}. A step
 *     costs about 1 dB of PSNR. 0, lossless, is not in the High profile
 * @param preset trade-off of x264 between time and file size
 * @param threads threads of an encoder, 1 to {@value #MOST_THREADS}. The output depends on the
 *     number, so it must not depend on the machine.
 */
public record EncoderOptions(int crf, Preset preset, int threads) implements Serializable {
  /** The smallest CRF. */
  public static final int LEAST_CRF = 1;

  /** The largest CRF. */
  public static final int LARGEST_CRF = 40;

  /** The largest number of threads. */
  public static final int MOST_THREADS = 16;

  /** The defaults of the command line. */
  public static final EncoderOptions DEFAULT = new EncoderOptions(18, Preset.SLOW, 2);

  /** A preset of x264, by its name. */
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

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d, but must be from %d to %d".formatted(option, value, least, most));
    }
  }
}
