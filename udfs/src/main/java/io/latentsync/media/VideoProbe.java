package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ422P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.IntPointer;

/**
 * What a look at a video's packets tells: its size, its colours, and where each of the frames that
 * it is read as is found. It names no path, so it holds for every copy of the file, on any machine.
 *
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param orientation the FFmpeg filters that set the coded picture upright; empty if it is so
 * @param pixelWidth the shape of an upright pixel is pixelWidth : pixelHeight
 * @param pixelHeight see pixelWidth
 * @param sourceFrameRate average frames a second of the source; 0 if unknown
 * @param frameRate of what is read, and of what is written like it
 * @param durationSeconds of what is read
 * @param codec FFmpeg's name of the codec, such as {@code h264}
 * @param color how the samples are to be read
 * @param seekable whether {@code pictures} and {@code keys} are timestamps (in the stream's time
 *     base, of the picture and of the keyframe to start decoding from). Else the file's packets
 *     cannot be told apart by time: {@code pictures} are ordinals of the full decode, {@code keys}
 *     zeros, and reading starts at the beginning.
 * @param pictures for each frame, which decoded picture it shows
 * @param keys for each frame, where to start decoding
 */
public record VideoProbe(
    int width,
    int height,
    String orientation,
    int pixelWidth,
    int pixelHeight,
    double sourceFrameRate,
    FrameRate frameRate,
    double durationSeconds,
    String codec,
    ColorTags color,
    boolean seekable,
    long[] pictures,
    long[] keys)
    implements Serializable {

  /** What a video made by code is to be: square pixels, 25 fps, coded as BT.601, limited range. */
  public static VideoProbe ofPictures(int width, int height) {
    ColorTags color =
        new ColorTags(
            AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M);
    FrameRate rate = FrameRate.REFERENCE;
    return new VideoProbe(
        width,
        height,
        "",
        1,
        1,
        rate.perSecond(),
        rate,
        0,
        "",
        color,
        true,
        new long[0],
        new long[0]);
  }

  /** How many frames the video is read as. */
  public int frames() {
    return pictures.length;
  }

  /** What a picture takes in YUV 4:2:0 with 8 bits a sample, in bytes. */
  public long planarBytes() {
    long chroma = (width + 1L) / 2 * ((height + 1L) / 2);
    return (long) width * height + 2 * chroma;
  }

  /** Looks at a file that is to be read at 25 fps; see {@link #of(Path, FrameRatePolicy)}. */
  public static VideoProbe of(Path file) throws IOException {
    return of(file, FrameRatePolicy.REFERENCE);
  }

  /**
   * Looks at a file: at its packets only, where their timestamps can be trusted; else at its
   * decoded pictures.
   *
   * @param policy which frames it is to be read as
   * @throws MediaException if the file is missing, unreadable, no video, has no frames, or has a
   *     rate that cannot be kept
   */
  public static VideoProbe of(Path file, FrameRatePolicy policy) throws IOException {
    try (StreamDecoder video = new StreamDecoder(file, AVMEDIA_TYPE_VIDEO)) {
      AVCodecParameters coded = video.stream().codecpar();
      if (coded.width() < 1 || coded.height() < 1) {
        throw new MediaException(file, "has a video stream without pictures");
      }
      String orientation = orientation(coded);
      boolean transposed = orientation.contains("transpose");
      AVRational aspect = coded.sample_aspect_ratio();
      boolean square = aspect.num() <= 0 || aspect.den() <= 0;
      int across = square ? 1 : aspect.num();
      int down = square ? 1 : aspect.den();
      AVRational rate = video.stream().avg_frame_rate();
      double sourceFrameRate = rate.den() == 0 ? 0 : (double) rate.num() / rate.den();
      String codec = video.codecName();
      ColorTags color = colorTags(coded);
      int width = coded.width();
      int height = coded.height();
      Timeline timeline = Timeline.of(file, video, policy);
      if (timeline.pictures().length == 0) {
        throw new MediaException(file, "has a video stream without frames");
      }
      return new VideoProbe(
          transposed ? height : width,
          transposed ? width : height,
          orientation,
          transposed ? down : across,
          transposed ? across : down,
          sourceFrameRate,
          timeline.rate(),
          timeline.rate().seconds(timeline.pictures().length),
          codec,
          color,
          timeline.seekable(),
          timeline.pictures(),
          timeline.keys());
    }
  }

  /** The filters that the ffmpeg program inserts by itself for a display matrix. */
  private static String orientation(AVCodecParameters coded) {
    AVPacketSideData side =
        coded.nb_coded_side_data() == 0
            ? null
            : av_packet_side_data_get(
                coded.coded_side_data(), coded.nb_coded_side_data(), AV_PKT_DATA_DISPLAYMATRIX);
    if (side == null || side.isNull() || side.size() < 9 * Integer.BYTES) {
      return "";
    }
    int[] matrix = new int[9];
    new IntPointer(side.data()).get(matrix);
    double counterClockwise = av_display_rotation_get(matrix);
    if (Double.isNaN(counterClockwise)) {
      return "";
    }
    long degrees = Math.floorMod(Math.round(-counterClockwise), 360L);
    if (degrees == 0) {
      return matrix[4] < 0 ? "vflip" : "";
    } else if (degrees == 90) {
      return matrix[3] > 0 ? "transpose=cclock_flip" : "transpose=clock";
    } else if (degrees == 180) {
      return matrix[0] >= 0 ? "vflip" : matrix[4] < 0 ? "hflip,vflip" : "hflip";
    } else if (degrees == 270) {
      return matrix[3] < 0 ? "transpose=clock_flip" : "transpose=cclock";
    }
    return String.format(Locale.ROOT, "rotate=%d*PI/180", degrees);
  }

  /** The stream's tags; RGB sources are written as BT.601, limited range. */
  private static ColorTags colorTags(AVCodecParameters coded) {
    int format = coded.format();
    AVPixFmtDescriptor descriptor = av_pix_fmt_desc_get(format);
    long rgb = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL;
    if (descriptor != null && (descriptor.flags() & rgb) != 0) {
      return new ColorTags(
          AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M, coded.color_primaries(), coded.color_trc());
    }
    boolean full =
        format == AV_PIX_FMT_YUVJ420P
            || format == AV_PIX_FMT_YUVJ422P
            || format == AV_PIX_FMT_YUVJ444P;
    return new ColorTags(
        full ? AVCOL_RANGE_JPEG : coded.color_range(),
        coded.color_space(),
        coded.color_primaries(),
        coded.color_trc());
  }
}
