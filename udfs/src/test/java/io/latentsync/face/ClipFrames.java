package io.latentsync.face;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import io.latentsync.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;
import org.junit.jupiter.api.Assumptions;

/**
 * Frames of the real clips under the system property {@code clips.dir}. Where the clips are absent
 * the calling test is skipped with a message.
 */
final class ClipFrames {
  private ClipFrames() {}

  /** One frame of a clip. */
  static RgbImage frame(String clip, int index) {
    List<RgbImage> frames = new ArrayList<>();
    forEach(clip, index + 1, i -> i == index, frames::add);
    return frames.get(0);
  }

  /** Hands over the wanted ones of a clip's first frames, one after another. */
  static void forEach(String clip, int end, IntPredicate wanted, Consumer<RgbImage> consumer) {
    Path file = Path.of(System.getProperty("clips.dir", "../../shared/clips"), clip);
    Assumptions.assumeTrue(
        Files.isRegularFile(file), () -> "skipped: no clip " + file.toAbsolutePath());
    AVFormatContext format = new AVFormatContext(null);
    check(avformat_open_input(format, file.toString(), null, null));
    check(avformat_find_stream_info(format, (AVDictionary) null));
    int stream = check(av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0));
    var parameters = format.streams(stream).codecpar();
    var decoder = avcodec_find_decoder(parameters.codec_id());
    AVCodecContext codec = avcodec_alloc_context3(decoder);
    check(avcodec_parameters_to_context(codec, parameters));
    check(avcodec_open2(codec, decoder, (AVDictionary) null));
    AVPacket packet = av_packet_alloc();
    AVFrame frame = av_frame_alloc();
    int index = 0;
    boolean flushed = false;
    while (index < end && !flushed) {
      flushed = av_read_frame(format, packet) < 0;
      if (flushed || packet.stream_index() == stream) {
        check(avcodec_send_packet(codec, flushed ? null : packet));
        while (index < end && avcodec_receive_frame(codec, frame) >= 0) {
          if (wanted.test(index++)) {
            consumer.accept(rgb(frame));
          }
        }
      }
      av_packet_unref(packet);
    }
    av_frame_free(frame);
    av_packet_free(packet);
    avcodec_free_context(codec);
    avformat_close_input(format);
  }

  private static RgbImage rgb(AVFrame frame) {
    AVFrame out = av_frame_alloc();
    out.format(AV_PIX_FMT_RGB24).width(frame.width()).height(frame.height());
    check(av_frame_get_buffer(out, 1));
    SwsContext sws =
        sws_getContext(
            frame.width(),
            frame.height(),
            frame.format(),
            out.width(),
            out.height(),
            out.format(),
            SWS_BILINEAR,
            null,
            null,
            (DoublePointer) null);
    check(sws_scale_frame(sws, out, frame));
    RgbImage picture = RgbImage.black(out.width(), out.height());
    int row = 3 * out.width();
    for (int y = 0; y < out.height(); y++) {
      out.data(0).position((long) y * out.linesize(0)).get(picture.pixels(), y * row, row);
    }
    sws_freeContext(sws);
    av_frame_free(out);
    return picture;
  }

  private static int check(int result) {
    if (result < 0) {
      throw new IllegalStateException("FFmpeg's error " + result);
    }
    return result;
  }
}
