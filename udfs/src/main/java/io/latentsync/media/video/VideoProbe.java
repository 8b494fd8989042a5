package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avformat.av_guess_sample_aspect_ratio;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import io.latentsync.media.Av;
import io.latentsync.media.DeclaredEnd;
import io.latentsync.media.MediaException;
import io.latentsync.media.MediaLimits;
import io.latentsync.media.StreamDecoder;
import io.latentsync.memory.PackedLongs;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * The properties of a video: its size, its colours, and the position of each frame in the stream.
 * It contains no path, so it is valid for every copy of the file, on any machine.
 *
 * @param width of the upright picture, in stored pixels
 * @param height of the upright picture, in stored pixels
 * @param coded the format of the first picture; pictures of another format are converted to its
 *     upright size and its colours
 * @param deinterlacing the treatment of interlaced pictures
 * @param bits of a sample of the frames that are read, 8 or 10
 * @param hdr metadata of the first picture
 * @param pixelWidth the shape of an upright pixel is pixelWidth : pixelHeight
 * @param pixelHeight see pixelWidth
 * @param sourceFrameRate the source's average number of frames per second; 0 if unknown
 * @param frameRate rate of the frames that are read, and of the output
 * @param durationSeconds duration of the frames that are read
 * @param codec FFmpeg's name of the codec, such as {@code h264}
 * @param color the interpretation of the samples as colours
 * @param seekable whether {@code pictures} and {@code keys} are timestamps in the stream's time
 *     base. Otherwise the packets have no unique timestamps: {@code pictures} are ordinals of the
 *     decoder's output, {@code keys} are 0, and decoding starts at the beginning of the file.
 * @param pictures for each frame, the decoded picture that it shows
 * @param keys for each frame, the keyframe at which to start decoding
 * @param missingFrames number of missing frames: those at the end that the container declares but
 *     does not have, plus the packets that failed if the probe had to decode all pictures
 */
public record VideoProbe(
    int width,
    int height,
    PictureFormat coded,
    Deinterlacing deinterlacing,
    int bits,
    HdrMetadata hdr,
    int pixelWidth,
    int pixelHeight,
    double sourceFrameRate,
    FrameRate frameRate,
    double durationSeconds,
    String codec,
    ColorTags color,
    boolean seekable,
    PackedLongs pictures,
    PackedLongs keys,
    int missingFrames)
    implements Serializable {

  /** The properties of a generated video: square pixels, 25 fps, 8 bits, BT.601, limited range. */
  public static VideoProbe ofPictures(int width, int height) {
    ColorTags color =
        new ColorTags(
            AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M);
    FrameRate rate = FrameRate.REFERENCE;
    return new VideoProbe(
        width,
        height,
        new PictureFormat(width, height, AV_PIX_FMT_YUV420P, color, ""),
        Deinterlacing.OFF,
        Byte.SIZE,
        HdrMetadata.NONE,
        1,
        1,
        rate.perSecond(),
        rate,
        0,
        "",
        color,
        true,
        PackedLongs.of(),
        PackedLongs.of(),
        0);
  }

  /** The number of frames that are read. */
  public int frames() {
    return pictures.size();
  }

  /** The width of the upright picture with square pixels. */
  public int shownWidth() {
    return squarePixels().width();
  }

  /** The height of the upright picture with square pixels. */
  public int shownHeight() {
    return squarePixels().height();
  }

  SquarePixels squarePixels() {
    return SquarePixels.of(width, height, pixelWidth, pixelHeight);
  }

  /** The size of a frame's YUV 4:2:0 samples, in bytes. */
  public long planarBytes() {
    long chroma = (width + 1L) / 2 * ((height + 1L) / 2);
    return (bits > Byte.SIZE ? Short.BYTES : Byte.BYTES) * ((long) width * height + 2 * chroma);
  }

  /** Probes a file to be read at 25 fps; see {@link #of(Path, FrameRatePolicy, Deinterlacing)}. */
  public static VideoProbe of(Path file) throws IOException {
    return of(file, FrameRatePolicy.REFERENCE);
  }

  /** Probes a file whose interlaced pictures are to be deinterlaced. */
  public static VideoProbe of(Path file, FrameRatePolicy policy) throws IOException {
    return of(file, policy, Deinterlacing.AUTO);
  }

  /** Probes a file whose frames keep the source's depth, up to 10 bits. */
  public static VideoProbe of(Path file, FrameRatePolicy policy, Deinterlacing deinterlacing)
      throws IOException {
    return of(file, policy, deinterlacing, EncoderOptions.Depth.AUTO);
  }

  /**
   * Probes a file. It decodes the first picture and reads the packets' timestamps; if those are not
   * reliable, it decodes all pictures.
   *
   * @param policy the frames to read
   * @param deinterlacing the treatment of interlaced pictures
   * @param depth of the frames; AUTO is 8 bits for sources of 8 bits, else 10
   * @throws MediaException if the file is missing, unreadable or no video, has no frames, or has a
   *     rate that the policy does not allow
   */
  public static VideoProbe of(
      Path file, FrameRatePolicy policy, Deinterlacing deinterlacing, EncoderOptions.Depth depth)
      throws IOException {
    First first = first(file);
    PictureFormat coded = first.format();
    coded.requireConvertible(file);
    boolean transposed = coded.transposed();
    try (StreamDecoder video = new StreamDecoder(file, AVMEDIA_TYPE_VIDEO)) {
      AVRational rate = video.stream().avg_frame_rate();
      double sourceFrameRate = rate.den() == 0 ? 0 : (double) rate.num() / rate.den();
      FrameSelection timeline = FrameSelection.of(file, video, policy);
      if (timeline.pictures().length == 0) {
        throw new MediaException(file, "has a video stream without frames");
      }
      VideoProbe probe =
          new VideoProbe(
              transposed ? coded.height() : coded.width(),
              transposed ? coded.width() : coded.height(),
              coded,
              deinterlacing,
              depth.bits(coded),
              first.hdr(),
              transposed ? first.pixelHeight() : first.pixelWidth(),
              transposed ? first.pixelWidth() : first.pixelHeight(),
              sourceFrameRate,
              timeline.rate(),
              timeline.rate().seconds(timeline.pictures().length),
              video.codecName(),
              colorTags(coded, video.stream().codecpar()),
              timeline.seekable(),
              PackedLongs.of(timeline.pictures()),
              PackedLongs.of(timeline.keys()),
              missingFrames(file, video, timeline));
      MediaLimits.requirePixels(file, probe.shownWidth(), probe.shownHeight());
      return probe;
    }
  }

  private static int missingFrames(Path file, StreamDecoder video, FrameSelection timeline)
      throws IOException {
    double seconds = DeclaredEnd.missing(file, video);
    MediaLimits.requireDuration(file, seconds);
    return Math.toIntExact(
        Math.round(seconds * timeline.rate().perSecond()) + timeline.undecoded());
  }

  /**
   * The first picture's format and metadata, and the shape of its stored pixels; the container's
   * shape takes precedence over the bitstream's.
   */
  private record First(PictureFormat format, HdrMetadata hdr, int pixelWidth, int pixelHeight) {}

  private static First first(Path file) throws MediaException {
    AVFrame picture = Av.allocated(av_frame_alloc());
    try (StreamDecoder video = new StreamDecoder(file, AVMEDIA_TYPE_VIDEO)) {
      if (!video.nextFrame(picture)) {
        throw new MediaException(
            file,
            video.stream().codecpar().width() == 0
                ? "has no picture of a known size that has at most %d pixels, such as 16384×16384"
                    .formatted(MediaLimits.MOST_PIXELS)
                : "has a video stream without pictures");
      }
      AVRational aspect = av_guess_sample_aspect_ratio(video.format(), video.stream(), picture);
      boolean square = aspect.num() <= 0 || aspect.den() <= 0;
      return new First(
          PictureFormat.of(picture, ""),
          HdrMetadata.of(picture),
          square ? 1 : aspect.num(),
          square ? 1 : aspect.den());
    } finally {
      av_frame_free(picture);
    }
  }

  /**
   * The first picture's tags; a missing tag is taken from the container. The output of RGB sources
   * is BT.601, limited range.
   */
  private static ColorTags colorTags(PictureFormat first, AVCodecParameters container) {
    ColorTags own = first.color();
    int primaries =
        own.primaries() == AVCOL_PRI_UNSPECIFIED ? container.color_primaries() : own.primaries();
    int transfer = own.transfer() == AVCOL_TRC_UNSPECIFIED ? container.color_trc() : own.transfer();
    AVPixFmtDescriptor descriptor = av_pix_fmt_desc_get(first.pixelFormat());
    long rgb = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL;
    if (descriptor != null && (descriptor.flags() & rgb) != 0) {
      return new ColorTags(AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M, primaries, transfer);
    }
    int range = own.range() == AVCOL_RANGE_UNSPECIFIED ? container.color_range() : own.range();
    return new ColorTags(
        first.isFullRangeFormat() ? AVCOL_RANGE_JPEG : range,
        own.matrix() == AVCOL_SPC_UNSPECIFIED ? container.color_space() : own.matrix(),
        primaries,
        transfer);
  }
}
