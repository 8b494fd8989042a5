package io.latentsync.media;

import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;

/**
 * Limits of the sizes that a media file declares. Real videos and recordings are far below them; a
 * small file that declares more would use up memory, disk or time.
 */
public final class MediaLimits {
  /** Maximum duration of a video or sound, in hours, by its timestamps. */
  public static final int LONGEST_HOURS = 24;

  /** Maximum size of a picture, in pixels: 16384 × 16384. */
  public static final long MOST_PIXELS = 1L << 28;

  /** Lowest and highest sample rate, in Hz; DSD at 22.6 MHz is read as bytes. */
  public static final int SLOWEST_SOUND = 1_000;

  public static final int FASTEST_SOUND = 4_000_000;

  /** The maximum number of channels of libswresample (SWR_CH_MAX). */
  public static final int MOST_CHANNELS = 64;

  private static final double HOUR = 3600;

  /**
   * Any file may have gaps of an hour in total. A longer duration needs a number of bytes that is
   * less than that of any speech codec.
   */
  private static final int BYTES_PER_SECOND = 10;

  private MediaLimits() {}

  /**
   * Refuses a file whose timestamps give an impossible duration.
   *
   * @param seconds duration, gaps included
   */
  public static void requireDuration(Path file, double seconds) throws MediaException {
    if (seconds <= HOUR) {
      return;
    }
    long bytes = file.toFile().length();
    double longest = Math.min(LONGEST_HOURS * HOUR, HOUR + (double) bytes / BYTES_PER_SECOND);
    if (!(seconds <= longest)) {
      throw new MediaException(
          file,
          String.format(
              Locale.ROOT,
              "lasts %.1f h by its time stamps, but a file of %d bytes may last %.1f h at most"
                  + " (1 h and 1 s for every %d bytes, up to %d h)",
              seconds / HOUR,
              bytes,
              longest / HOUR,
              BYTES_PER_SECOND,
              LONGEST_HOURS));
    }
  }

  /** Refuses pictures that are too large to be decoded. */
  public static void requirePixels(Path file, long width, long height) throws MediaException {
    if (width * height > MOST_PIXELS) {
      throw new MediaException(
          file,
          "has pictures of %d×%d pixels, but they may have %d pixels at most, such as 16384×16384"
              .formatted(width, height, MOST_PIXELS));
    }
  }

  /** Refuses impossible declarations of the container about a stream. */
  static void require(Path file, AVCodecParameters declared) throws MediaException {
    requirePixels(file, declared.width(), declared.height());
    // 0 is unknown, until the first samples are decoded.
    if (declared.sample_rate() != 0) {
      requireSampleRate(file, declared.sample_rate());
    }
    requireChannels(file, declared.ch_layout().nb_channels());
  }

  /** Refuses an impossible sample rate, in Hz. */
  public static void requireSampleRate(Path file, int rate) throws MediaException {
    if (rate < SLOWEST_SOUND || rate > FASTEST_SOUND) {
      throw new MediaException(
          file,
          "has %d samples a second, but must have %d to %d"
              .formatted(rate, SLOWEST_SOUND, FASTEST_SOUND));
    }
  }

  /** Refuses more channels than can be mixed. */
  public static void requireChannels(Path file, int channels) throws MediaException {
    if (channels > MOST_CHANNELS) {
      throw new MediaException(
          file, "has %d channels, but at most %d can be mixed".formatted(channels, MOST_CHANNELS));
    }
  }
}
