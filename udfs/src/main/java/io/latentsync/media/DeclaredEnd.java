package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_get_bits_per_sample;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_STREAM;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entries_count;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entry;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_get;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionaryEntry;

/**
 * Compares the end of a stream with the end that its container declares, because a truncated file
 * can be read like a shorter one. Formats that declare no duration (MPEG-TS, Ogg, raw streams) do
 * not show a truncation.
 */
public final class DeclaredEnd {
  private static final String MOV = "mov,mp4,m4a,3gp,3g2,mj2";

  private static final String AVI = "avi";
  private static final String WAV = "wav";

  /** The first bytes of a WAV, as a little-endian number. */
  private static final int RIFF = 0x46464952;

  /** Declare a duration of each stream, not only of the longest. */
  private static final List<String> OWN_DURATIONS = List.of(MOV, AVI, WAV, "flac", "aiff");

  /** In seconds; containers and encoders round durations and add delays. */
  private static final double ROUNDING = 0.25;

  /** In seconds; a WAV's header counts bytes. */
  private static final double ROUNDING_OF_WAV = 0.02;

  /** In seconds; no rounding is so large. */
  private static final double SURELY_MISSING = 0.5;

  private static final double SURELY_MISSING_SHARE = 0.01;

  /** In bytes; what is written to a pipe has the largest size that its header can hold. */
  private static final double PLACEHOLDER_BYTES = 0x7ff00000;

  private static final Pattern DURATION = Pattern.compile("(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?)");

  private DeclaredEnd() {}

  /**
   * How much of the end of a video stream is missing, in seconds.
   *
   * @param video after its last packet was read
   */
  public static double missing(Path file, StreamDecoder video) throws IOException {
    AVStream stream = video.stream();
    if (video.readUntil() == AV_NOPTS_VALUE) {
      return 0;
    }
    if (!video.formatName().equals(MOV)) {
      double end = seconds(video.readUntil(), stream) - origin(video.format());
      return missing(file, video, end, declared(file, video));
    }
    int samples = avformat_index_get_entries_count(stream);
    long last = video.lastDecodingTime();
    if (samples == 0 || last == AV_NOPTS_VALUE) {
      return 0;
    }
    // The sample table lists all samples, whether the file has them or not.
    long listed = avformat_index_get_entry(stream, samples - 1).timestamp();
    return Math.max(0, seconds(listed, stream) - seconds(last, stream));
  }

  /**
   * How much of the end of a sound track is missing, in seconds.
   *
   * @param end of the decoded samples, in seconds after time 0 of the file
   * @param declared see {@link #declared}
   */
  public static double missing(Path file, StreamDecoder track, double end, double declared)
      throws MediaException {
    double rounding = track.formatName().equals(WAV) ? ROUNDING_OF_WAV : ROUNDING;
    if (!isMissing(declared - end, declared, rounding)) {
      return 0;
    }
    boolean own =
        OWN_DURATIONS.contains(track.formatName())
            || track.format().nb_streams() == 1
            || tagged(track.stream()) > 0;
    // The container's duration is that of its longest stream.
    return !own && !isMissing(declared - furthest(file, track), declared, rounding)
        ? 0
        : declared - end;
  }

  private static boolean isMissing(double seconds, double declared, double rounding) {
    return seconds > SURELY_MISSING
        || (seconds > rounding && seconds > SURELY_MISSING_SHARE * declared);
  }

  private static double furthest(Path file, StreamDecoder track) throws MediaException {
    return StreamDecoder.furthest(file, track.stream().codecpar().codec_type())
        - origin(track.format());
  }

  /**
   * The end of a stream that the container declares, in seconds after time 0 of the file; 0 if it
   * declares none.
   */
  public static double declared(Path file, StreamDecoder track) throws IOException {
    AVFormatContext format = track.format();
    AVStream stream = track.stream();
    if (track.formatName().equals(AVI) && stream.nb_frames() > 0) {
      // FFmpeg cuts the durations of a file that lost its index to what is there.
      return seconds(stream.nb_frames(), stream);
    }
    if (format.duration_estimation_method() != AVFMT_DURATION_FROM_STREAM) {
      return track.formatName().equals(WAV) ? declaredByRiff(file, stream) : 0;
    }
    double whole =
        format.duration() == AV_NOPTS_VALUE ? 0 : (double) format.duration() / AV_TIME_BASE;
    double tagged = tagged(stream);
    if (tagged > 0 && tagged <= whole + ROUNDING) {
      return tagged;
    }
    if (stream.duration() == AV_NOPTS_VALUE) {
      return whole;
    }
    double own = seconds(stream.duration(), stream);
    double bytes =
        own
            * stream.codecpar().sample_rate()
            * stream.codecpar().ch_layout().nb_channels()
            * av_get_bits_per_sample(stream.codecpar().codec_id())
            / Byte.SIZE;
    if (bytes >= PLACEHOLDER_BYTES) {
      return 0;
    }
    return stream.start_time() == AV_NOPTS_VALUE
        ? own
        : seconds(stream.start_time(), stream) + own - origin(format);
  }

  /** FFmpeg forgets the size in a WAV's header if the file is smaller. */
  private static double declaredByRiff(Path file, AVStream stream) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      ByteBuffer header = ByteBuffer.wrap(in.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN);
      boolean riff = header.remaining() == 8 && header.getInt(0) == RIFF;
      double bytes = riff ? 8.0 + Integer.toUnsignedLong(header.getInt(4)) : 0;
      boolean known = bytes < PLACEHOLDER_BYTES && stream.duration() != AV_NOPTS_VALUE;
      return known ? seconds(stream.duration(), stream) * bytes / Files.size(file) : 0;
    }
  }

  /** The duration that Matroska's writers put into a stream's tags; 0 if there is none. */
  private static double tagged(AVStream stream) {
    AVDictionaryEntry tag = av_dict_get(stream.metadata(), "DURATION", null, 0);
    Matcher time = DURATION.matcher(tag == null ? "" : tag.value().getString());
    return time.matches()
        ? 3600 * Double.parseDouble(time.group(1))
            + 60 * Double.parseDouble(time.group(2))
            + Double.parseDouble(time.group(3))
        : 0;
  }

  private static double origin(AVFormatContext format) {
    return format.start_time() == AV_NOPTS_VALUE ? 0 : (double) format.start_time() / AV_TIME_BASE;
  }

  private static double seconds(long ticks, AVStream stream) {
    return (double) ticks * stream.time_base().num() / stream.time_base().den();
  }
}
