package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCHROMA_LOC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_CROP_UNALIGNED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB48;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P10;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_apply_cropping;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_clone;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_copy_props;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.Av;
import io.latentsync.media.yuv.ConvertibleArea;
import io.latentsync.media.yuv.DeepYuv420;
import io.latentsync.media.yuv.RgbSignal;
import io.latentsync.media.yuv.ToneCurve;
import io.latentsync.media.yuv.WritableYuv;
import io.latentsync.media.yuv.Yuv420;
import io.latentsync.media.yuv.YuvMatrix;
import io.latentsync.memory.NativeMemoryException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * One upright picture of a video. It keeps the source's YUV samples, so pixels outside the pasted
 * region are never converted to RGB and back. A format other than 4:2:0 with {@link
 * VideoProbe#bits} is converted to it once, at the first {@link #paste} or when the frame is
 * written.
 */
public final class VideoFrame implements AutoCloseable {
  private final VideoProbe probe;

  /** How an HDR picture becomes SDR; frames of 8 bits are not tone mapped. */
  private final Optional<ToneCurve> curve;

  private final AVFrame source;
  private final boolean monochrome;
  private final boolean converted;
  private final boolean deinterlaced;
  private final FrameState state;
  private AVFrame planar;

  /**
   * Takes ownership of the picture; {@link #close} frees it.
   *
   * @param converted see {@link #isConverted}
   * @param deinterlaced see {@link #isDeinterlaced}
   * @param state see {@link #state}
   */
  VideoFrame(
      VideoProbe probe, AVFrame source, boolean converted, boolean deinterlaced, FrameState state) {
    this.probe = probe;
    this.curve =
        probe.bits() > Byte.SIZE ? ToneCurve.of(probe.color().transfer()) : Optional.empty();
    this.monochrome = Monochrome.is(source);
    this.source = monochrome ? withChroma(source, probe.codec()) : source;
    this.converted = converted;
    this.deinterlaced = deinterlaced;
    this.state = state;
    // By default, FFmpeg's scale filter ignores fields and chroma siting; so does this class.
    this.source.flags(this.source.flags() & ~AVFrame.AV_FRAME_FLAG_INTERLACED);
    this.source.chroma_location(AVCHROMA_LOC_UNSPECIFIED);
  }

  /** The picture with chroma, in a new frame; frees the input. */
  private static AVFrame withChroma(AVFrame picture, String codec) {
    try {
      return Monochrome.withChroma(picture, codec);
    } finally {
      av_frame_free(picture);
    }
  }

  /**
   * A frame with generated pixels, to be written; {@link #toRgb} returns the same pixels.
   *
   * @param like defines the size and the colour tags
   * @throws IllegalArgumentException if the picture has another size
   */
  public static VideoFrame of(RgbImage picture, VideoProbe like) {
    if (picture.width() != like.width() || picture.height() != like.height()) {
      throw new IllegalArgumentException(
          "a picture of %d×%d does not fit a video of %d×%d"
              .formatted(picture.width(), picture.height(), like.width(), like.height()));
    }
    AVFrame rgb = Av.allocated(av_frame_alloc());
    rgb.format(AV_PIX_FMT_RGB24).width(picture.width()).height(picture.height());
    rgb.colorspace(AVCOL_SPC_RGB).color_range(AVCOL_RANGE_JPEG);
    if (av_frame_get_buffer(rgb, 0) < 0) {
      av_frame_free(rgb);
      throw new NativeMemoryException();
    }
    int row = 3 * picture.width();
    BytePointer data = rgb.data(0);
    for (int y = 0; y < picture.height(); y++) {
      data.position((long) y * rgb.linesize(0)).put(picture.pixels(), y * row, row);
    }
    return new VideoFrame(like, rgb, false, false, FrameState.INTACT);
  }

  /** The width in stored pixels. */
  public int width() {
    return probe.width();
  }

  /** The height in stored pixels. */
  public int height() {
    return probe.height();
  }

  /**
   * Whether the size, pixel format, orientation or colour tags of the source's picture differ from
   * those of the video's first picture. The frame is converted to the first picture's size and
   * colours.
   */
  public boolean isConverted() {
    return converted;
  }

  /** Whether the source's picture is interlaced and was deinterlaced. */
  public boolean isDeinterlaced() {
    return deinterlaced;
  }

  /** How well the picture could be decoded. */
  public FrameState state() {
    return state;
  }

  /**
   * The source's picture, without pasted pixels, as RGB with square pixels: {@link
   * VideoProbe#shownWidth} × {@link VideoProbe#shownHeight}. Faces of an anamorphic video have
   * their true proportions. The conversion is FFmpeg's to rgb24; HDR frames of 10 bits are
   * converted by a {@link ToneCurve}.
   */
  public RgbImage toRgb() {
    try (PictureScaler scaler = new PictureScaler()) {
      return rgb(source, probe.shownWidth(), probe.shownHeight(), scaler);
    }
  }

  /** The width with square pixels, which {@link #toRgb} has. */
  public int shownWidth() {
    return probe.shownWidth();
  }

  /** The height with square pixels, which {@link #toRgb} has. */
  public int shownHeight() {
    return probe.shownHeight();
  }

  /**
   * A part of the picture that {@link #toRgb()} returns. Only it is converted.
   *
   * @param area must be contained in the part; pixels outside the picture are ignored
   * @param scaler converts it
   * @return the area with a margin, whose pixels may differ slightly from those of the whole
   *     picture
   */
  public RgbPart toRgb(PixelRectangle area, PictureScaler scaler) {
    return toRgb(area, probe.shownWidth(), probe.shownHeight(), scaler);
  }

  private RgbPart toRgb(PixelRectangle wanted, int width, int height, PictureScaler scaler) {
    // With 4:1:0, the scaler's filters depend on the size of the picture.
    boolean whole = av_pix_fmt_desc_get(source.format()).log2_chroma_h() > 1;
    PixelRectangle area =
        whole
            ? new PixelRectangle(0, 0, width, height)
            : ConvertibleArea.around(wanted, width, height, source.width(), source.height());
    // A side that is scaled is converted as a whole.
    AVFrame part =
        cropped(
            new PixelRectangle(
                width == source.width() ? area.x0() : 0,
                height == source.height() ? area.y0() : 0,
                width == source.width() ? area.x1() : source.width(),
                height == source.height() ? area.y1() : source.height()));
    try {
      RgbImage pixels = rgb(part, area.x1() - area.x0(), area.y1() - area.y0(), scaler);
      return new RgbPart(pixels, area.x0(), area.y0(), width, height);
    } finally {
      av_frame_free(part);
    }
  }

  /** A view of a rectangle of the source's samples. */
  private AVFrame cropped(PixelRectangle area) {
    AVFrame view = Av.allocated(av_frame_clone(source));
    view.crop_left(area.x0()).crop_right(source.width() - area.x1());
    view.crop_top(area.y0()).crop_bottom(source.height() - area.y1());
    int result = av_frame_apply_cropping(view, AV_FRAME_CROP_UNALIGNED);
    if (result < 0) {
      av_frame_free(view);
      throw new IllegalStateException(
          "pixel format %d cannot be cropped (FFmpeg error %d)".formatted(source.format(), result));
    }
    return view;
  }

  private RgbImage rgb(AVFrame picture, int width, int height, PictureScaler scaler) {
    int format = curve.isPresent() ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
    AVFrame rgb = convert(picture, format, width, height, scaler);
    try {
      RgbImage image = RgbImage.black(width, height);
      int row = 3 * width;
      BytePointer data = rgb.data(0);
      ShortPointer deep = new ShortPointer(data);
      short[] signal = new short[curve.isPresent() ? row : 0];
      for (int y = 0; y < height; y++) {
        long start = (long) y * rgb.linesize(0);
        if (curve.isPresent()) {
          deep.position(start / Short.BYTES).get(signal);
          curve.get().toSdr(signal, image.pixels(), y * row);
        } else {
          data.position(start).get(image.pixels(), y * row, row);
        }
      }
      return image;
    } finally {
      av_frame_free(rgb);
    }
  }

  /**
   * Writes the changes in a rectangle into the picture: the luma of each stored pixel in which the
   * two RGB pictures differ, and the chroma of each 2×2 block that contains such a pixel. All other
   * samples remain the source's, as does all chroma of a monochrome picture. In 10 bits the change
   * is added to the source's sample ({@link DeepYuv420}).
   *
   * @param before the result of {@link #toRgb(PixelRectangle, PictureScaler)}
   * @param after the same part, changed
   * @param area the rectangle, inside the part; if it is empty, nothing changes
   * @throws IllegalArgumentException if the parts do not fit the frame, each other or the area
   */
  public void paste(RgbPart before, RgbPart after, PixelRectangle area) {
    if (area.isEmpty()) {
      return;
    }
    SquarePixels shown = probe.squarePixels();
    if (!before.area().equals(after.area())
        || before.width() != shown.width()
        || before.height() != shown.height()
        || !area.intersection(before.area()).equals(area)) {
      throw new IllegalArgumentException(
          "cannot paste %s of pictures of %d×%d at %s and %s into a frame that is shown as %d×%d"
              .formatted(
                  area,
                  before.width(),
                  before.height(),
                  before.area(),
                  after.area(),
                  shown.width(),
                  shown.height()));
    }
    if (shown.isCoded()) {
      writable().paste(before, after, area, !monochrome);
    } else {
      try (PictureScaler scaler = new PictureScaler()) {
        RgbPart coded = toRgb(shown.stored(area), width(), height(), scaler);
        RgbPart changed = shown.store(before, after, coded, area);
        writable().paste(coded, changed, coded.area(), !monochrome);
      }
    }
  }

  /**
   * Replaces a rectangle of stored pixels by shades of grey.
   *
   * @param grey from black (0) to white (255), row by row
   * @param area inside the picture, with even corners
   */
  public void drawGrey(byte[] grey, PixelRectangle area) {
    writable().drawGrey(grey, area);
  }

  /**
   * Copies the luma of a stored row, in 8 bits.
   *
   * @param y from the top, below {@link #height}
   * @param luma receives {@link #width} samples, 0…255 or 16…235 as in the video
   */
  public void lumaRow(int y, byte[] luma) {
    AVFrame picture = planar();
    long start = (long) y * picture.linesize(0);
    if (probe.bits() == Byte.SIZE) {
      picture.data(0).position(start).get(luma, 0, width());
      return;
    }
    short[] deep = new short[width()];
    new ShortPointer(picture.data(0)).position(start / Short.BYTES).get(deep);
    for (int x = 0; x < deep.length; x++) {
      luma[x] = (byte) Math.min(255, (deep[x] + 2) / 4);
    }
  }

  private WritableYuv writable() {
    AVFrame target = planar();
    if (av_frame_make_writable(target) < 0) {
      throw new NativeMemoryException();
    }
    YuvMatrix matrix = YuvMatrix.of(target.colorspace(), target.color_range() == AVCOL_RANGE_JPEG);
    ByteBuffer y = plane(target, 0, height());
    ByteBuffer cb = plane(target, 1, (height() + 1) / 2);
    ByteBuffer cr = plane(target, 2, (height() + 1) / 2);
    if (probe.bits() == Byte.SIZE) {
      return new Yuv420(matrix, y, cb, cr, target.linesize(0), target.linesize(1));
    }
    return new DeepYuv420(
        matrix,
        curve.<RgbSignal>map(hdr -> hdr).orElse(RgbSignal.SDR),
        samples(y),
        samples(cb),
        samples(cr),
        target.linesize(0) / Short.BYTES,
        target.linesize(1) / Short.BYTES);
  }

  private static ByteBuffer plane(AVFrame frame, int plane, int rows) {
    return frame.data(plane).capacity((long) rows * frame.linesize(plane)).asByteBuffer();
  }

  private static ShortBuffer samples(ByteBuffer plane) {
    return plane.order(ByteOrder.nativeOrder()).asShortBuffer();
  }

  /** The picture in 4:2:0, with the size and the bits of the probe; this frame owns it. */
  AVFrame planar() {
    if (planar == null) {
      int format = probe.bits() > Byte.SIZE ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
      boolean same =
          (source.format() == format
                  || (format == AV_PIX_FMT_YUV420P && source.format() == AV_PIX_FMT_YUVJ420P))
              && source.width() == width()
              && source.height() == height()
              && source.linesize(1) == source.linesize(2)
              && hasColorsOfVideo();
      if (same) {
        planar = Av.allocated(av_frame_clone(source));
        if (source.format() == AV_PIX_FMT_YUVJ420P) {
          planar.color_range(AVCOL_RANGE_JPEG);
        }
        planar.format(format);
      } else {
        try (PictureScaler scaler = new PictureScaler()) {
          planar = convert(source, format, width(), height(), scaler);
        }
      }
    }
    return planar;
  }

  /** Whether the samples have the video's range and matrix; an untagged matrix fits any. */
  private boolean hasColorsOfVideo() {
    boolean full =
        source.color_range() == AVCOL_RANGE_JPEG || source.format() == AV_PIX_FMT_YUVJ420P;
    int matrix = probe.color().convertibleMatrix();
    return full == (probe.color().range() == AVCOL_RANGE_JPEG)
        && (source.colorspace() == matrix
            || source.colorspace() == AVCOL_SPC_UNSPECIFIED
            || matrix == AVCOL_SPC_UNSPECIFIED);
  }

  /** A new frame, converted as by FFmpeg's scale filter with its defaults. */
  private AVFrame convert(
      AVFrame picture, int format, int width, int height, PictureScaler scaler) {
    AVFrame target = Av.allocated(av_frame_alloc());
    boolean converted = false;
    try {
      // This copies primaries and transfer: if they differed, the scaler would map the gamut.
      if (av_frame_copy_props(target, picture) < 0) {
        throw new NativeMemoryException();
      }
      target.format(format).width(width).height(height);
      if (format == AV_PIX_FMT_RGB24 || format == AV_PIX_FMT_RGB48) {
        target.colorspace(AVCOL_SPC_RGB).color_range(AVCOL_RANGE_JPEG);
      } else {
        takeColorsOfVideo(target);
      }
      if (av_frame_get_buffer(target, 0) < 0) {
        throw new NativeMemoryException();
      }
      scaler.scale(picture, target);
      converted = true;
      return target;
    } finally {
      if (!converted) {
        av_frame_free(target);
      }
    }
  }

  /** Sets the video's range and matrix; the source's where the video has no tag. */
  private void takeColorsOfVideo(AVFrame target) {
    int matrix = probe.color().convertibleMatrix();
    int range = probe.color().range();
    boolean sourceTagged = source.color_range() != AVCOL_RANGE_UNSPECIFIED;
    target.colorspace(matrix == AVCOL_SPC_UNSPECIFIED ? source.colorspace() : matrix);
    target.color_range(range == AVCOL_RANGE_UNSPECIFIED && sourceTagged ? AVCOL_RANGE_MPEG : range);
  }

  @Override
  public void close() {
    if (planar != null) {
      av_frame_free(planar);
      planar = null;
    }
    av_frame_free(source);
  }
}
