package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_ROUND_NEAR_INF;
import static org.bytedeco.ffmpeg.global.avutil.av_reduce;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale_rnd;

import io.latentsync.media.MediaException;
import io.latentsync.time.FrameRate;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * The frame rate of a source video.
 *
 * @param rate frames per second
 * @param steady whether the pictures have that constant rate, without gaps; else pictures must be
 *     repeated or dropped
 */
record SourceRate(FrameRate rate, boolean steady) {
  private static final int SLOWEST = 10;
  private static final int FASTEST = 60;

  /** Larger numerators and denominators add no precision, and time bases can represent these. */
  private static final int LARGEST_PART = 100_000;

  /** Smaller than the difference of any two common rates; 29.97 and 30 differ by a thousandth. */
  private static final double NEAR = 1e-4;

  /** The rates for videos without a constant rate. */
  private static final List<FrameRate> USUAL =
      List.of(
          new FrameRate(10, 1),
          new FrameRate(12, 1),
          new FrameRate(25, 2),
          new FrameRate(15, 1),
          new FrameRate(20, 1),
          new FrameRate(24000, 1001),
          new FrameRate(24, 1),
          new FrameRate(25, 1),
          new FrameRate(30000, 1001),
          new FrameRate(30, 1),
          new FrameRate(48, 1),
          new FrameRate(50, 1),
          new FrameRate(60000, 1001),
          new FrameRate(60, 1));

  /**
   * Finds the rate of a stream. Candidates are FFmpeg's guesses and the mean rate. The result is
   * the first candidate at which the time of every picture matches its number within half a frame.
   * If there is none, it is the common rate nearest to the median distance of the pictures.
   *
   * @param times of the pictures, at least one, ascending, in the stream's time base
   * @throws MediaException if the rate is not between 10 and 60 frames per second
   */
  static SourceRate of(Path file, AVStream stream, long[] times) throws MediaException {
    AVRational base = stream.time_base();
    Optional<FrameRate> steady =
        Stream.of(
                rate(stream.r_frame_rate().num(), stream.r_frame_rate().den()),
                rate(stream.avg_frame_rate().num(), stream.avg_frame_rate().den()),
                mean(times, base))
            .flatMap(Optional::stream)
            .flatMap(rate -> Stream.concat(meant(rate), Stream.of(rate)))
            .filter(rate -> isKept(rate.perSecond()) && isSteady(times, base, rate))
            .findFirst();
    if (steady.isPresent()) {
      return new SourceRate(steady.get(), true);
    }
    long[] distances =
        IntStream.range(1, times.length)
            .mapToLong(i -> times[i] - times[i - 1])
            .filter(distance -> distance > 0)
            .sorted()
            .toArray();
    if (distances.length == 0) {
      return new SourceRate(FrameRate.REFERENCE, false);
    }
    double median = (double) base.den() / base.num() / distances[distances.length / 2];
    if (!isKept(median)) {
      throw new MediaException(
          file,
          "has about %.4g frames a second, but must have %d to %d for --fps source; --fps 25 takes"
                  .formatted(median, SLOWEST, FASTEST)
              + " any");
    }
    return new SourceRate(
        USUAL.stream()
            .min(Comparator.comparing(rate -> Math.abs(Math.log(rate.perSecond() / median))))
            .orElseThrow(),
        false);
  }

  /**
   * Whether a rate is in range. With times in whole milliseconds, 60 frames per second appear as
   * 62.5.
   */
  private static boolean isKept(double perSecond) {
    return perSecond > SLOWEST - 0.5 && perSecond < FASTEST + 3;
  }

  private static Optional<FrameRate> mean(long[] times, AVRational base) {
    long steps = times.length - 1L;
    return rate(steps * base.den(), (times[times.length - 1] - times[0]) * base.num());
  }

  private static Optional<FrameRate> rate(long numerator, long denominator) {
    if (numerator <= 0 || denominator <= 0) {
      return Optional.empty();
    }
    int[] n = new int[1];
    int[] d = new int[1];
    av_reduce(n, d, numerator, denominator, LARGEST_PART);
    return n[0] < 1 || d[0] < 1 ? Optional.empty() : Optional.of(new FrameRate(n[0], d[0]));
  }

  /** The common rate near a rate that was computed from rounded times, if there is one. */
  private static Stream<FrameRate> meant(FrameRate rate) {
    return USUAL.stream()
        .filter(usual -> Math.abs(usual.perSecond() / rate.perSecond() - 1) < NEAR);
  }

  private static boolean isSteady(long[] times, AVRational base, FrameRate rate) {
    return IntStream.range(0, times.length)
        .allMatch(i -> frame(times[i] - times[0], base, rate) == i);
  }

  /** The frame nearest to a time. */
  static long frame(long time, AVRational base, FrameRate rate) {
    return av_rescale_rnd(
        time,
        (long) rate.numerator() * base.num(),
        (long) rate.denominator() * base.den(),
        AV_ROUND_NEAR_INF);
  }
}
