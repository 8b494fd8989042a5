package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_CLOSED_GOP;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXTERNAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_clone;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_remove_side_data;

import io.latentsync.media.Av;
import io.latentsync.media.Container;
import io.latentsync.media.MediaException;
import io.latentsync.media.OutputFile;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * Writes frames as one segment, in an MP4 file at the source's frame rate. By default frames of 8
 * bits are coded as H.264 (libx264, High profile, tune film) and frames of 10 bits as HEVC
 * (libx265, Main 10 profile), with crf 18 and preset slow. The segment starts with an IDR picture
 * and its groups of pictures are closed, so {@link SegmentMuxer} can join segments packet by
 * packet. Range, matrix, primaries and transfer have the source's tags; 10 bits also have its
 * {@link HdrMetadata}.
 *
 * <p>4:2:0 pictures have even sides: an odd side is extended by repeating the last column or row.
 *
 * <p>If FFmpeg has no libx264 (LGPL build), libopenh264 encodes with a constant quantiser.
 */
public final class VideoWriter implements AutoCloseable {
  private static final int KEYFRAME_INTERVAL = 250;

  /** x264's limit of a side (MAX_RESOLUTION in encoder/encoder.c), in pixels. */
  private static final int LONGEST_SIDE = 16_384;

  private final Path file;
  private final VideoProbe like;
  private final EncoderOptions options;
  private final VideoCoding coding;
  private final AVPacket packet = Av.allocated(av_packet_alloc());
  private final OutputFile mp4;
  private AVCodecContext encoder;
  private AVStream stream;

  /** Null if the encoder writes all tags. */
  private TaggedH264 tags;

  private long frames;

  private VideoWriter(Path file, VideoProbe like, EncoderOptions options, VideoCoding coding)
      throws MediaException {
    this.file = file;
    this.like = like;
    this.options = options;
    this.coding = coding;
    this.mp4 = new OutputFile(file, Container.MP4);
    boolean opened = false;
    try {
      openEncoder();
      stream = mp4.newStream();
      FrameRate rate = like.frameRate();
      stream.time_base().num(rate.denominator()).den(rate.numerator());
      stream.avg_frame_rate().num(rate.numerator()).den(rate.denominator());
      stream.sample_aspect_ratio().num(like.pixelWidth()).den(like.pixelHeight());
      if (coding.codec() == EncoderOptions.Codec.H264 && TaggedH264.isNeeded(like.color())) {
        tags = new TaggedH264(encoder, like.color(), file);
        tags.describe(stream.codecpar());
      } else {
        Av.check(
            avcodec_parameters_from_context(stream.codecpar(), encoder), file, "cannot be written");
      }
      if (coding.codec() == EncoderOptions.Codec.HEVC) {
        stream.codecpar().codec_tag(Container.HVC1);
      }
      mp4.begin(false);
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /** Starts a segment with the default options; an existing file is replaced. */
  public static VideoWriter open(Path file, VideoProbe like) throws IOException {
    return open(file, like, EncoderOptions.DEFAULT);
  }

  /**
   * Starts a segment; an existing file is replaced.
   *
   * @param like the source, which defines size, frame rate and colour tags
   * @param options of the encoder
   * @throws MediaException if the file cannot be written
   */
  public static VideoWriter open(Path file, VideoProbe like, EncoderOptions options)
      throws IOException {
    return new VideoWriter(file, like, options, VideoCoding.of(options, like));
  }

  /** The same with an encoder of H.264, by name. */
  static VideoWriter open(Path file, VideoProbe like, String encoder) throws IOException {
    return new VideoWriter(
        file,
        like,
        EncoderOptions.DEFAULT,
        new VideoCoding(EncoderOptions.Codec.H264, like.bits(), encoder));
  }

  private void openEncoder() throws MediaException {
    String name = coding.encoder();
    AVCodec codec = avcodec_find_encoder_by_name(name);
    if (codec == null || codec.isNull()) {
      throw new MediaException(file, "cannot be written: FFmpeg has no encoder " + name);
    }
    if (Math.max(like.width(), like.height()) > LONGEST_SIDE) {
      throw new MediaException(
          file,
          "cannot be written: the video is %d×%d, but videos are encoded up to %d a side"
              .formatted(like.width(), like.height(), LONGEST_SIDE));
    }
    encoder = Av.allocated(avcodec_alloc_context3(codec));
    encoder.width(even(like.width())).height(even(like.height())).pix_fmt(coding.pixelFormat());
    FrameRate rate = like.frameRate();
    encoder.time_base().num(rate.denominator()).den(rate.numerator());
    encoder.framerate().num(rate.numerator()).den(rate.denominator());
    encoder.sample_aspect_ratio().num(like.pixelWidth()).den(like.pixelHeight());
    encoder.color_range(like.color().range());
    encoder.colorspace(like.color().matrix());
    encoder.color_primaries(like.color().primaries());
    encoder.color_trc(like.color().transfer());
    encoder.gop_size(KEYFRAME_INTERVAL);
    encoder.thread_count(options.threads());
    encoder.flags(encoder.flags() | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP);
    coding.quantiser(options).ifPresent(quantiser -> encoder.qmin(quantiser).qmax(quantiser));
    if (coding.bits() > Byte.SIZE) {
      like.hdr().describe(encoder);
    }
    AVDictionary dictionary = new AVDictionary(null);
    try {
      coding
          .settings(options)
          .forEach((option, value) -> Av.checkMemory(av_dict_set(dictionary, option, value, 0)));
      check(avcodec_open2(encoder, codec, dictionary), "cannot be written: " + name + " refuses");
    } finally {
      av_dict_free(dictionary);
    }
  }

  /**
   * Appends a frame; it remains the caller's.
   *
   * @throws IllegalArgumentException if its size is not the source's
   * @throws MediaException if the file cannot be written
   */
  public void write(VideoFrame frame) throws IOException {
    if (frame.width() != like.width() || frame.height() != like.height()) {
      throw new IllegalArgumentException(
          "%s takes frames of %d×%d, not %d×%d"
              .formatted(file, like.width(), like.height(), frame.width(), frame.height()));
    }
    AVFrame picture = evenSized(frame.planar());
    try {
      picture.pts(frames++);
      picture.duration(1);
      // The source's picture types and tags must not influence the encoder.
      picture.pict_type(AV_PICTURE_TYPE_NONE);
      picture.flags(0);
      check(avcodec_send_frame(encoder, picture), "cannot be encoded");
    } finally {
      av_frame_free(picture);
    }
    writePackets();
  }

  /** Completes the file; without it, {@link #close} deletes the file. */
  public void finish() throws IOException {
    check(avcodec_send_frame(encoder, null), "cannot be encoded");
    writePackets();
    mp4.finish();
  }

  private void writePackets() throws MediaException {
    while (true) {
      int result = avcodec_receive_packet(encoder, packet);
      if (result == AVERROR_EAGAIN() || result == AVERROR_EOF) {
        return;
      }
      check(result, "cannot be encoded");
      if (tags != null) {
        tags.apply(packet);
      }
      packet.duration(1);
      packet.stream_index(0);
      av_packet_rescale_ts(packet, encoder.time_base(), stream.time_base());
      mp4.write(packet);
    }
  }

  /**
   * Like {@link Av#check}. x264 and x265 report no reasons to FFmpeg. With valid settings and a
   * valid picture size, only memory and threads can be missing.
   */
  private void check(int result, String problem) throws MediaException {
    if (result == AVERROR_EXTERNAL) {
      throw new NativeMemoryException(new MediaException(file, problem));
    }
    Av.check(result, file, problem);
  }

  /** A new frame with even sides; the samples are shared where they already are even. */
  private AVFrame evenSized(AVFrame source) {
    int width = even(like.width());
    int height = even(like.height());
    if (width == like.width() && height == like.height()) {
      AVFrame shared = Av.allocated(av_frame_clone(source));
      // The source's side data (captions, mastering) do not belong to the new picture.
      while (shared.nb_side_data() > 0) {
        av_frame_remove_side_data(shared, shared.side_data(0).type());
      }
      return shared;
    }
    AVFrame grown = Av.allocated(av_frame_alloc());
    grown.format(coding.pixelFormat()).width(width).height(height);
    if (av_frame_get_buffer(grown, 0) < 0) {
      av_frame_free(grown);
      throw new NativeMemoryException();
    }
    int sample = coding.bits() > Byte.SIZE ? Short.BYTES : Byte.BYTES;
    for (int plane = 0; plane < 3; plane++) {
      int scale = plane == 0 ? 1 : 2;
      int filled = sample * ((like.width() + scale - 1) / scale);
      int rows = (like.height() + scale - 1) / scale;
      byte[] row = new byte[sample * width / scale];
      BytePointer from = source.data(plane);
      BytePointer to = grown.data(plane);
      for (int y = 0; y < height / scale; y++) {
        long line = Math.min(y, rows - 1);
        from.position(line * source.linesize(plane)).get(row, 0, filled);
        for (int i = filled; i < row.length; i++) {
          row[i] = row[i - sample];
        }
        to.position((long) y * grown.linesize(plane)).put(row);
      }
    }
    return grown;
  }

  private static int even(int side) {
    return side + (side & 1);
  }

  @Override
  public void close() {
    av_packet_free(packet);
    if (tags != null) {
      tags.close();
    }
    if (encoder != null) {
      avcodec_free_context(encoder);
    }
    mp4.close();
  }
}
