package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ422P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ440P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_side_data;
import static org.bytedeco.ffmpeg.global.avutil.av_get_pix_fmt_name;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;
import static org.bytedeco.ffmpeg.global.swscale.sws_isSupportedInput;

import io.latentsync.media.MediaException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;

/**
 * The format of a decoded picture. The pictures of a video usually share one format; it may change
 * in recorded calls and concatenated clips.
 *
 * @param width as decoded, in samples
 * @param height as decoded, in samples
 * @param pixelFormat FFmpeg's AVPixelFormat
 * @param color the picture's own tags
 * @param orientation the FFmpeg filters that make the picture upright; empty if it is upright
 */
public record PictureFormat(
    int width, int height, int pixelFormat, ColorTags color, String orientation)
    implements Serializable {

  /**
   * The format of a decoded picture.
   *
   * @param usualOrientation orientation of a picture without a display matrix
   */
  static PictureFormat of(AVFrame picture, String usualOrientation) {
    return new PictureFormat(
        picture.width(),
        picture.height(),
        picture.format(),
        new ColorTags(
            picture.color_range(),
            picture.colorspace(),
            picture.color_primaries(),
            picture.color_trc()),
        orientation(picture).orElse(usualOrientation));
  }

  /** Whether the orientation swaps width and height. */
  boolean transposed() {
    return orientation.contains("transpose");
  }

  /**
   * Refuses a pixel format that FFmpeg's scaler cannot read.
   *
   * @param file named in the error
   */
  void requireConvertible(Path file) throws MediaException {
    if (sws_isSupportedInput(pixelFormat) == 0) {
      BytePointer name = av_get_pix_fmt_name(pixelFormat);
      throw new MediaException(
          file,
          "has pictures in the pixel format %s, which FFmpeg cannot convert"
              .formatted(name == null ? pixelFormat : name.getString()));
    }
  }

  /** Bits of a sample. */
  public int bits() {
    AVPixFmtDescriptor descriptor = av_pix_fmt_desc_get(pixelFormat);
    return descriptor == null ? Byte.SIZE : descriptor.comp(0).depth();
  }

  /** Whether the pixel format itself defines that luma and chroma use 0…255. */
  boolean isFullRangeFormat() {
    return pixelFormat == AV_PIX_FMT_YUVJ420P
        || pixelFormat == AV_PIX_FMT_YUVJ422P
        || pixelFormat == AV_PIX_FMT_YUVJ444P
        || pixelFormat == AV_PIX_FMT_YUVJ440P;
  }

  /**
   * The filters that the ffmpeg program inserts for a display matrix. The decoder provides the
   * matrix of the container, of the bitstream, or of a photo's EXIF orientation.
   *
   * @return empty without a matrix
   */
  private static Optional<String> orientation(AVFrame picture) {
    AVFrameSideData side = av_frame_get_side_data(picture, AV_FRAME_DATA_DISPLAYMATRIX);
    if (side == null || side.isNull() || side.size() < 9 * Integer.BYTES) {
      return Optional.empty();
    }
    int[] matrix = new int[9];
    new IntPointer(side.data()).get(matrix);
    return Optional.of(filters(matrix));
  }

  private static String filters(int[] matrix) {
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
}
