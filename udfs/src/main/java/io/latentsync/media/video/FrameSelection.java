package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP8;
import static org.bytedeco.ffmpeg.global.avcodec.AV_FIELD_PROGRESSIVE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_FIELD_UNKNOWN;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_NOTIMESTAMPS;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_ROUND_NEAR_INF;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale_rnd;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import io.latentsync.media.MediaLimits;
import io.latentsync.media.StreamDecoder;
import io.latentsync.time.FrameRate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * The picture that each frame shows: the selection of FFmpeg's fps filter, or each picture once. In
 * a file with sound, frame 0 is at time 0 of the file; the first picture is repeated until its own
 * time.
 *
 * @param rate of the frames
 * @param seekable see {@link VideoProbe}, also for the arrays
 * @param undecoded number of packets that could not be decoded, if all pictures had to be decoded;
 *     else 0
 */
record FrameSelection(
    FrameRate rate, boolean seekable, long[] pictures, long[] keys, long undecoded) {

  /** In seconds. */
  private static final double LONGEST_LEAD = 3600;

  /** A packet, or the picture decoded from it; times in the stream's time base. */
  private record Picture(long pts, long duration, long key) {}

  /**
   * The packets of a stream, in decoding order.
   *
   * @param timestamped whether their timestamps are unique and there is a keyframe
   * @param seekable whether the file can be searched for these timestamps
   * @param predictive whether their timestamps are those of the decoded pictures
   */
  private record Packets(
      List<Picture> pictures, boolean timestamped, boolean seekable, boolean predictive) {}

  static FrameSelection of(Path file, StreamDecoder video, FrameRatePolicy policy)
      throws MediaException {
    Packets packets = packets(video);
    List<Picture> shown;
    long undecoded = 0;
    if (packets.predictive()) {
      shown = new ArrayList<>(packets.pictures());
      shown.sort(Comparator.comparingLong(Picture::pts));
    } else {
      Decoded decoded = decoded(file, packets);
      shown = decoded.pictures();
      undecoded = decoded.failures();
    }
    AVRational base = video.stream().time_base();
    long origin = origin(video);
    requireDuration(file, base, shown);
    FrameSelection timeline;
    if (policy == FrameRatePolicy.SOURCE && !shown.isEmpty()) {
      long[] times = shown.stream().mapToLong(Picture::pts).toArray();
      SourceRate own = SourceRate.of(file, video.stream(), times);
      timeline =
          own.steady()
              ? each(own.rate(), shown, packets.seekable())
              : select(base, times[0], own.rate(), shown, packets.seekable());
    } else {
      timeline = select(base, origin, FrameRate.REFERENCE, shown, packets.seekable());
    }
    long lead =
        !shown.isEmpty() && packets.timestamped() && hasSound(video)
            ? lead(shown.get(0).pts() - playbackStart(origin), base, timeline.rate())
            : 0;
    return timeline.after(lead, undecoded);
  }

  /** Refuses timestamps that give more frames than a file can have, before memory is allocated. */
  private static void requireDuration(Path file, AVRational base, List<Picture> shown)
      throws MediaException {
    if (!shown.isEmpty()) {
      int last = shown.size() - 1;
      // In floating point, because a hostile file's integers would overflow.
      double end = (double) shown.get(last).pts() + end(shown, last);
      double latest = shown.stream().mapToLong(Picture::pts).max().orElseThrow();
      double duration = Math.max(end, latest) - shown.get(0).pts();
      MediaLimits.requireDuration(file, duration * base.num() / base.den());
    }
  }

  /**
   * The time at which players start: samples before timestamp 0 are an encoder's delay, which is
   * not played.
   */
  private static long playbackStart(long origin) {
    return Math.max(0, origin);
  }

  private static boolean hasSound(StreamDecoder video) {
    return IntStream.range(0, video.format().nb_streams())
        .anyMatch(i -> video.format().streams(i).codecpar().codec_type() == AVMEDIA_TYPE_AUDIO);
  }

  /**
   * The number of frames before the first picture of a file with sound. Less than one frame is
   * rounding by encoders and containers; more than an hour is an error in the timestamps.
   *
   * @param start of the first picture after time 0 of the file, in the stream's time base
   */
  private static long lead(long start, AVRational base, FrameRate rate) {
    double seconds = (double) start * base.num() / base.den();
    return seconds < rate.seconds(1) || seconds > LONGEST_LEAD
        ? 0
        : SourceRate.frame(start, base, rate);
  }

  /**
   * This selection after so many repeats of the first picture, and with a number of failed packets.
   */
  private FrameSelection after(long frames, long failures) {
    int lead = pictures.length == 0 ? 0 : Math.toIntExact(frames);
    return new FrameSelection(rate, seekable, held(pictures, lead), held(keys, lead), failures);
  }

  private static long[] held(long[] values, int lead) {
    if (lead == 0) {
      return values;
    }
    long[] longer = new long[lead + values.length];
    Arrays.fill(longer, 0, lead, values[0]);
    System.arraycopy(values, 0, longer, lead, values.length);
    return longer;
  }

  /**
   * Reads the packets. They predict the decoded pictures if each has a unique timestamp and is
   * decoded to one picture: no fields, no invisible pictures, none before the first keyframe.
   */
  private static Packets packets(StreamDecoder video) throws MediaException {
    AVStream stream = video.stream();
    int fields = stream.codecpar().field_order();
    boolean predictive =
        (fields == AV_FIELD_PROGRESSIVE || fields == AV_FIELD_UNKNOWN)
            && stream.codecpar().codec_id() != AV_CODEC_ID_VP8;
    boolean timestamped = true;
    List<Picture> pictures = new ArrayList<>();
    List<Long> keys = new ArrayList<>();
    Set<Long> times = new HashSet<>();
    for (AVPacket packet = video.nextPacket(); packet != null; packet = video.nextPacket()) {
      long pts = packet.pts();
      if (pts == AV_NOPTS_VALUE || !times.add(pts)) {
        timestamped = false;
      }
      if ((packet.flags() & AV_PKT_FLAG_KEY) != 0) {
        keys.add(pts);
      }
      // A picture that is shown before the keyframe it follows in the file needs the one before.
      int key = keys.size() - 1;
      while (key >= 0 && keys.get(key) > pts) {
        key--;
      }
      predictive &= key >= 0 && (packet.flags() & AV_PKT_FLAG_CORRUPT) == 0;
      if ((packet.flags() & AV_PKT_FLAG_DISCARD) == 0) {
        pictures.add(
            new Picture(pts, packet.duration(), keys.isEmpty() ? pts : keys.get(Math.max(key, 0))));
      }
    }
    timestamped &= !keys.isEmpty();
    boolean seekable = timestamped && !video.restarted();
    return new Packets(pictures, timestamped, seekable, predictive && seekable);
  }

  /** The pictures of a full decode, and the number of packets that failed. */
  private record Decoded(List<Picture> pictures, long failures) {}

  /** Decodes all pictures; their times are those of the ffmpeg program. */
  private static Decoded decoded(Path file, Packets packets) throws MediaException {
    long[] keys = packets.pictures().stream().mapToLong(Picture::key).sorted().distinct().toArray();
    List<Picture> shown = new ArrayList<>();
    AVFrame frame = Av.allocated(av_frame_alloc());
    try (StreamDecoder video = new StreamDecoder(file, AVMEDIA_TYPE_VIDEO)) {
      long last = AV_NOPTS_VALUE;
      long lastDuration = 0;
      while (video.nextFrame(frame)) {
        long pts = frame.best_effort_timestamp();
        if (pts == AV_NOPTS_VALUE) {
          pts = last == AV_NOPTS_VALUE ? 0 : last + lastDuration;
        }
        lastDuration = duration(video, frame, pts, last, lastDuration);
        last = pts;
        int at = Arrays.binarySearch(keys, pts);
        int before = at >= 0 ? at : -at - 2;
        shown.add(new Picture(pts, lastDuration, before < 0 ? pts : keys[before]));
        av_frame_unref(frame);
      }
      return new Decoded(shown, video.failures());
    } finally {
      av_frame_free(frame);
    }
  }

  /** The duration of a decoded picture, by the rules of the ffmpeg program. */
  private static long duration(
      StreamDecoder video, AVFrame frame, long pts, long last, long lastDuration)
      throws MediaException {
    boolean unreliable = (video.format().iformat().flags() & AVFMT_NOTIMESTAMPS) != 0;
    long step = last == AV_NOPTS_VALUE ? -1 : pts - last;
    long own = frame.duration();
    if (own > 0 && !unreliable && !(own == 1 && step > 2)) {
      return own;
    }
    AVRational base = video.stream().time_base();
    AVRational rate = video.codec().framerate();
    long byCodec = 0;
    if (rate.num() > 0 && rate.den() > 0) {
      byCodec =
          av_rescale_rnd(
              frame.repeat_pict() + 2L,
              (long) rate.den() * base.den(),
              2L * rate.num() * base.num(),
              AV_ROUND_NEAR_INF);
    }
    if (byCodec > 0 && unreliable) {
      return byCodec;
    }
    if (step > 0) {
      return step;
    }
    return own > 0 ? own : byCodec > 0 ? byCodec : Math.max(lastDuration, 1);
  }

  /** The container's start time; the ffmpeg program subtracts it before it rounds to frames. */
  private static long origin(StreamDecoder video) {
    AVRational base = video.stream().time_base();
    return video.format().start_time() == AV_NOPTS_VALUE
        ? 0
        : -av_rescale_rnd(
            -video.format().start_time(),
            base.den(),
            (long) AV_TIME_BASE * base.num(),
            AV_ROUND_NEAR_INF);
  }

  private static FrameSelection each(FrameRate rate, List<Picture> shown, boolean seekable) {
    return new FrameSelection(
        rate,
        seekable,
        seekable
            ? shown.stream().mapToLong(Picture::pts).toArray()
            : LongStream.range(0, shown.size()).toArray(),
        shown.stream().mapToLong(picture -> seekable ? picture.key() : 0).toArray(),
        0);
  }

  /**
   * FFmpeg's fps filter (libavfilter/vf_fps.c, round=near, eof_action=round): times are rounded to
   * frames; a picture is shown until the next one's time, the last one until its end.
   */
  private static FrameSelection select(
      AVRational base, long origin, FrameRate rate, List<Picture> shown, boolean seekable) {
    LongStream.Builder pictures = LongStream.builder();
    LongStream.Builder keys = LongStream.builder();
    long next = 0;
    for (int i = 0; i < shown.size(); i++) {
      Picture picture = shown.get(i);
      if (i == 0) {
        next = SourceRate.frame(picture.pts() - origin, base, rate);
      }
      long until = i + 1 < shown.size() ? shown.get(i + 1).pts() : picture.pts() + end(shown, i);
      for (long end = SourceRate.frame(until - origin, base, rate); next < end; next++) {
        pictures.add(seekable ? picture.pts() : i);
        keys.add(seekable ? picture.key() : 0);
      }
    }
    return new FrameSelection(
        rate, seekable, pictures.build().toArray(), keys.build().toArray(), 0);
  }

  /** The duration of the last picture. */
  private static long end(List<Picture> shown, int last) {
    long own = shown.get(last).duration();
    long step = last == 0 ? -1 : shown.get(last).pts() - shown.get(last - 1).pts();
    if (own > 0 && !(own == 1 && step > 2)) {
      return own;
    }
    return step > 0 ? step : Math.max(own, 1);
  }
}
