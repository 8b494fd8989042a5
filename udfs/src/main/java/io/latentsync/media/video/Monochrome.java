package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY10;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY12;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY14;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY16;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY9;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P10;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P12;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P14;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P16;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P9;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_copy_props;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_image_copy_plane;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import io.latentsync.media.Av;
import io.latentsync.memory.NativeMemoryException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Pictures that have luma only. FFmpeg's scaler treats their samples as full range whatever their
 * tags are, so they get neutral chroma before scaling.
 */
final class Monochrome {
  private static final Map<Integer, Integer> WITH_CHROMA =
      Map.of(
          AV_PIX_FMT_GRAY8, AV_PIX_FMT_YUV420P,
          AV_PIX_FMT_GRAY9, AV_PIX_FMT_YUV420P9,
          AV_PIX_FMT_GRAY10, AV_PIX_FMT_YUV420P10,
          AV_PIX_FMT_GRAY12, AV_PIX_FMT_YUV420P12,
          AV_PIX_FMT_GRAY14, AV_PIX_FMT_YUV420P14,
          AV_PIX_FMT_GRAY16, AV_PIX_FMT_YUV420P16);

  /**
   * The codecs whose standards define untagged luma as limited range; in other codecs gray has full
   * range.
   */
  private static final Set<String> LIMITED_IF_UNTAGGED =
      Set.of("h264", "hevc", "vvc", "av1", "vp9");

  private Monochrome() {}

  /** Whether a picture has luma only. */
  static boolean is(AVFrame picture) {
    return WITH_CHROMA.containsKey(picture.format());
  }

  /**
   * The same luma with neutral chroma, in a new frame that the caller frees; its range is known.
   *
   * @param codec FFmpeg's name of the codec that the picture comes from
   */
  static AVFrame withChroma(AVFrame picture, String codec) {
    AVFrame colored = Av.allocated(av_frame_alloc());
    boolean filled = false;
    try {
      int format = WITH_CHROMA.get(picture.format());
      colored.format(format).width(picture.width()).height(picture.height());
      if (av_frame_copy_props(colored, picture) < 0 || av_frame_get_buffer(colored, 0) < 0) {
        throw new NativeMemoryException();
      }
      if (picture.color_range() == AVCOL_RANGE_UNSPECIFIED) {
        boolean limited = LIMITED_IF_UNTAGGED.contains(codec);
        colored.color_range(limited ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG);
      }
      int depth = av_pix_fmt_desc_get(format).comp(0).depth();
      int sampleBytes = depth > Byte.SIZE ? Short.BYTES : Byte.BYTES;
      av_image_copy_plane(
          colored.data(0),
          colored.linesize(0),
          picture.data(0),
          picture.linesize(0),
          sampleBytes * picture.width(),
          picture.height());
      for (int plane = 1; plane < 3; plane++) {
        fill(colored, plane, depth, (picture.height() + 1) / 2);
      }
      filled = true;
      return colored;
    } finally {
      if (!filled) {
        av_frame_free(colored);
      }
    }
  }

  private static void fill(AVFrame picture, int plane, int depth, int rows) {
    ByteBuffer samples =
        picture
            .data(plane)
            .capacity((long) rows * picture.linesize(plane))
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
    while (samples.hasRemaining()) {
      if (depth > Byte.SIZE) {
        samples.putShort((short) (1 << (depth - 1)));
      } else {
        samples.put((byte) (1 << (depth - 1)));
      }
    }
  }
}
