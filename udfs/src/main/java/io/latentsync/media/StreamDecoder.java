package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_TS_DISCONT;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_seek_file;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set_int;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.PointerPointer;

/** Reads one stream of a file, as packets or as decoded frames, from its start or from a seek. */
public final class StreamDecoder implements AutoCloseable {
  /** The number of threads affects the speed, not the decoded pictures. */
  private static final int THREADS = 2;

  private final Path file;
  private final AVFormatContext format = new AVFormatContext(null);
  private final AVPacket packet = Av.allocated(av_packet_alloc());
  private final AVStream stream;
  private final RestartedTimestamps restarts = new RestartedTimestamps();

  /** Whether the format allows timestamps that restart, such as MPEG-TS and VOB. */
  private final boolean mayRestart;

  /** The stream whose packets are read only to follow restarts of the timestamps; or -1. */
  private final int companion;

  private AVCodecContext codec;
  private boolean packetPending;
  private boolean draining;
  private long readUntil = AV_NOPTS_VALUE;
  private long lastDecodingTime = AV_NOPTS_VALUE;

  /** Number of packets sent to the decoder, from the first keyframe. */
  private long sent;

  private long failures;

  /**
   * Opens the best stream of a type; streams that FFmpeg can decode take precedence.
   *
   * @param type AVMEDIA_TYPE_VIDEO or AVMEDIA_TYPE_AUDIO
   * @throws MediaException if the file cannot be read, has no such stream or exceeds {@link
   *     MediaLimits}
   */
  public StreamDecoder(Path file, int type) throws MediaException {
    this.file = file;
    boolean opened = false;
    try {
      InputFile.open(format, file);
      findStreams();
      stream = best(type);
      mayRestart = (format.iformat().flags() & AVFMT_TS_DISCONT) != 0;
      companion = mayRestart ? companion(type) : -1;
      MediaLimits.require(file, stream.codecpar());
      for (int i = 0; i < format.nb_streams(); i++) {
        if (i != stream.index() && i != companion) {
          format.streams(i).discard(AVDISCARD_ALL);
        }
      }
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /**
   * Reads until the streams' properties are known. If pictures are decoded for this, their size is
   * limited.
   */
  private void findStreams() throws MediaException {
    int count = format.nb_streams();
    AVDictionary[] limits = new AVDictionary[count];
    try (PointerPointer<AVDictionary> options = new PointerPointer<>(Math.max(1, count))) {
      for (int i = 0; i < count; i++) {
        // Checked here because FFmpeg discards a size above its limit.
        AVCodecParameters declared = format.streams(i).codecpar();
        MediaLimits.requirePixels(file, declared.width(), declared.height());
        limits[i] = new AVDictionary(null);
        av_dict_set_int(limits[i], "max_pixels", MediaLimits.MOST_PIXELS, 0);
        options.put(i, limits[i]);
      }
      Av.check(avformat_find_stream_info(format, options), file, "its streams are unknown");
      for (int i = 0; i < count; i++) {
        // FFmpeg has replaced each dictionary by one of its unused options.
        AVDictionary rest = options.get(AVDictionary.class, i);
        av_dict_free(rest == null ? new AVDictionary(null) : rest);
      }
    }
  }

  private AVStream best(int type) throws MediaException {
    String kind = type == AVMEDIA_TYPE_VIDEO ? "video" : "audio";
    int index = decodable(type);
    if (index < 0) {
      // A stream without a decoder gives a better message than no stream.
      index = av_find_best_stream(format, type, -1, -1, (AVCodec) null, 0);
    }
    if (index < 0) {
      throw new MediaException(file, "has no " + kind + " stream");
    }
    AVStream found = format.streams(index);
    if ((found.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0) {
      throw new MediaException(file, "has no video stream, only a cover picture");
    }
    return found;
  }

  /** The sound of a video, or the pictures of sound; negative if there are none. */
  private int companion(int type) {
    int other = type == AVMEDIA_TYPE_VIDEO ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
    return av_find_best_stream(format, other, -1, stream.index(), (AVCodec) null, 0);
  }

  /** The best of the streams that FFmpeg has decoders for; negative if there is none. */
  private int decodable(int type) {
    try (AVCodec decoder = new AVCodec(null)) {
      return av_find_best_stream(format, type, -1, -1, decoder, 0);
    }
  }

  /** The opened file; it is valid until {@link #close}. */
  public AVFormatContext format() {
    return format;
  }

  /** The stream that is read; it is valid until {@link #close}. */
  public AVStream stream() {
    return stream;
  }

  /** FFmpeg's name of the file's format. */
  String formatName() {
    return format.iformat().name().getString();
  }

  /**
   * The latest end of a packet read so far, in the stream's time base; AV_NOPTS_VALUE if unknown.
   */
  public long readUntil() {
    return readUntil;
  }

  /** The latest decoding time of the packets read so far; AV_NOPTS_VALUE if unknown. */
  long lastDecodingTime() {
    return lastDecodingTime;
  }

  /**
   * Whether timestamps restarted in the packets read so far. The timestamps that this class returns
   * continue without a jump, so they are not those of the file: {@link #seek} does not find them.
   */
  public boolean restarted() {
    return restarts.any();
  }

  /** The number of packets sent to the decoder, from the first keyframe. */
  public long sent() {
    return sent;
  }

  /** The number of {@link #sent} packets that could not be decoded. */
  public long failures() {
    return failures;
  }

  /**
   * The latest end of any packet of any stream of a file, in seconds.
   *
   * @param type type of a stream that the file has
   */
  static double furthest(Path file, int type) throws MediaException {
    double furthest = 0;
    try (StreamDecoder any = new StreamDecoder(file, type)) {
      for (int i = 0; i < any.format.nb_streams(); i++) {
        any.format.streams(i).discard(AVDISCARD_DEFAULT);
      }
      while (any.readPacket()) {
        if (any.packet.pts() != AV_NOPTS_VALUE) {
          AVRational base = any.format.streams(any.packet.stream_index()).time_base();
          double end = (double) any.packet.pts() + any.packet.duration();
          furthest = Math.max(furthest, end * base.num() / base.den());
        }
      }
    }
    return furthest;
  }

  /** The decoder, opened at the first call. */
  public AVCodecContext codec() throws MediaException {
    if (codec == null) {
      AVCodec decoder = avcodec_find_decoder(stream.codecpar().codec_id());
      if (decoder == null) {
        throw new MediaException(file, "is coded as " + codecName() + ", which cannot be decoded");
      }
      AVCodecContext opening = Av.allocated(avcodec_alloc_context3(decoder));
      boolean opened = false;
      try {
        Av.check(
            avcodec_parameters_to_context(opening, stream.codecpar()),
            file,
            "its " + codecName() + " decoder does not open");
        opening.pkt_timebase(stream.time_base());
        opening.thread_count(THREADS);
        opening.max_pixels(MediaLimits.MOST_PIXELS);
        Av.check(
            avcodec_open2(opening, decoder, (AVDictionary) null),
            file,
            "its " + codecName() + " decoder does not open");
        opened = true;
      } finally {
        if (!opened) {
          avcodec_free_context(opening);
        }
      }
      codec = opening;
    }
    return codec;
  }

  /** FFmpeg's name of the stream's codec. */
  public String codecName() {
    return avcodec_get_name(stream.codecpar().codec_id()).getString();
  }

  /** The next packet of the stream, valid until the next call; null at the end. */
  public AVPacket nextPacket() throws MediaException {
    while (readPacket()) {
      if (mayRestart) {
        restarts.correct(packet, format.streams(packet.stream_index()).time_base());
      }
      if (packet.stream_index() == stream.index()) {
        long time = packet.pts() == AV_NOPTS_VALUE ? packet.dts() : packet.pts();
        if (time != AV_NOPTS_VALUE) {
          readUntil = Math.max(readUntil, time + packet.duration());
        }
        lastDecodingTime = Math.max(lastDecodingTime, packet.dts());
        return packet;
      }
    }
    return null;
  }

  /** Reads the next packet of any stream; false at the end. */
  private boolean readPacket() throws MediaException {
    av_packet_unref(packet);
    int result = av_read_frame(format, packet);
    // A truncated or damaged file ends where it can no longer be read, as in FFmpeg.
    if (result == AVERROR_EOF || result == AVERROR_INVALIDDATA) {
      return false;
    }
    Av.checkRead(result, file, "cannot be read further");
    return true;
  }

  /** Decodes the next frame into the given one; false at the end of the stream. */
  public boolean nextFrame(AVFrame frame) throws MediaException {
    AVCodecContext decoder = codec();
    while (true) {
      int result = avcodec_receive_frame(decoder, frame);
      if (result == AVERROR_EOF) {
        return false;
      }
      if (result >= 0) {
        return true;
      }
      if (result != AVERROR_EAGAIN()) {
        // A damaged picture is skipped, as in FFmpeg; the pictures around it remain valid.
        if (result == AVERROR_INVALIDDATA) {
          fail();
          continue;
        }
        Av.check(result, file, "cannot be decoded");
      }
      if (draining) {
        return false;
      }
      AVPacket next = packetPending ? packet : nextPacket();
      packetPending = false;
      draining = next == null;
      if (next != null && (sent > 0 || (next.flags() & AV_PKT_FLAG_KEY) != 0)) {
        sent++;
      }
      result = avcodec_send_packet(decoder, next);
      if (result == AVERROR_INVALIDDATA) {
        fail();
      } else {
        Av.check(result, file, "cannot be decoded");
      }
    }
  }

  /**
   * Counts a failure, unless its packet may precede the first keyframe: decoder threads report
   * failures late.
   */
  private void fail() {
    if (sent > THREADS) {
      failures++;
    }
  }

  /**
   * Seeks to a keyframe: the next decoded frame is that keyframe or an earlier one. False if the
   * container cannot seek; the position is then undefined.
   *
   * @param pts the keyframe's timestamp, in the stream's time base
   */
  public boolean seek(long pts) throws MediaException {
    avcodec_flush_buffers(codec());
    draining = false;
    packetPending = false;
    long second = Math.max(1, stream.time_base().den() / Math.max(1, stream.time_base().num()));
    // Containers index by decoding time, by cues or not at all: try earlier targets until the
    // keyframe found is not after the wanted one.
    for (long back = 0; back <= 16 * second; back = back == 0 ? second : 2 * back) {
      long target = pts - back;
      if (avformat_seek_file(format, stream.index(), Long.MIN_VALUE, target, target, 0) < 0) {
        return false;
      }
      restarts.jump();
      AVPacket first = nextPacket();
      while (first != null && (first.flags() & AV_PKT_FLAG_KEY) == 0) {
        first = nextPacket();
      }
      if (first != null && first.pts() != AV_NOPTS_VALUE && first.pts() <= pts) {
        packetPending = true;
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    if (codec != null) {
      avcodec_free_context(codec);
    }
    av_packet_free(packet);
    avformat_close_input(format);
  }
}
