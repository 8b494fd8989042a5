package io.latentsync.model.render;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_imgproc.FONT_HERSHEY_SIMPLEX;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_AA;

import io.latentsync.image.PixelRectangle;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.text.Printable;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * A text in the lower left corner of a video's frames: white letters on a dark box. Its size is a
 * share of the picture's height, or less if it would be wider than the picture. OpenCV's Hershey
 * font needs no files, but has the characters of ASCII only.
 */
public final class VisibleLabel {
  /** Height of a capital letter as a share of the shorter side of the picture. */
  private static final double SHARE = 1 / 30.0;

  /** Smallest height of a capital letter in pixels, if the picture is wide enough. */
  private static final int LEAST_HEIGHT = 10;

  /** Largest width of the box as a share of the picture's. */
  private static final double LARGEST_WIDTH = 0.94;

  private static final int DARK = 24;
  private static final int LIGHT = 255;

  private static final int LONGEST = 60;
  private static final Pattern TEXT = Pattern.compile("[ -~]*[!-~][ -~]*");

  private final byte[] grey;
  private final PixelRectangle area;

  private VisibleLabel(byte[] grey, PixelRectangle area) {
    this.grey = grey;
    this.area = area;
  }

  /**
   * Checks a text.
   *
   * @return the text
   * @throws IllegalArgumentException if it cannot be drawn; the message follows the option's name
   */
  public static String require(String text) {
    if (!TEXT.matcher(text).matches() || text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "is %s, but must have 1 to %d characters of ASCII, such as AI-generated"
              .formatted(Printable.value(text), LONGEST));
    }
    return text;
  }

  /**
   * The label of a video.
   *
   * @param text empty for none
   * @param video defines the size
   */
  public static Optional<VisibleLabel> of(String text, VideoProbe video) {
    return text.isEmpty() ? Optional.empty() : Optional.of(drawn(text, video));
  }

  /** How a text is drawn. */
  private record Style(double scale, int thickness, int width, int height, int below) {
    static Style of(String text, int capital) {
      int thickness = Math.max(1, Math.round(capital / 7f));
      double scale =
          opencv_imgproc.getFontScaleFromHeight(FONT_HERSHEY_SIMPLEX, capital, thickness);
      int[] below = new int[1];
      try (Size size =
          opencv_imgproc.getTextSize(text, FONT_HERSHEY_SIMPLEX, scale, thickness, below)) {
        return new Style(scale, thickness, size.width(), size.height(), below[0]);
      }
    }
  }

  private static VisibleLabel drawn(String text, VideoProbe video) {
    int most = (int) (LARGEST_WIDTH * video.shownWidth());
    int capital =
        Math.max(
            LEAST_HEIGHT,
            (int) Math.round(SHARE * Math.min(video.shownWidth(), video.shownHeight())));
    Style style = Style.of(text, capital);
    while (style.width() + capital > most && capital > 4) {
      capital--;
      style = Style.of(text, capital);
    }
    int padding = Math.max(2, capital / 2);
    double across = (double) video.width() / video.shownWidth();
    double down = (double) video.height() / video.shownHeight();
    int boxWidth = style.width() + 2 * padding;
    int boxHeight = style.height() + style.below() + 2 * padding;
    int width = even(Math.min(across * boxWidth, video.width()));
    int height = even(Math.min(down * boxHeight, video.height()));
    int left = even(Math.min(across * padding, video.width() - width));
    int top = even(Math.max(0, video.height() - height - down * padding));
    if (width == 0 || height == 0) {
      // A video of one row or column has no block of chroma to draw on.
      return new VisibleLabel(new byte[0], PixelRectangle.EMPTY);
    }
    byte[] grey = new byte[width * height];
    try (Scalar dark = Scalar.all(DARK);
        Scalar light = Scalar.all(LIGHT);
        Mat box = new Mat(boxHeight, boxWidth, CV_8UC1, dark);
        Mat stored = new Mat();
        Size size = new Size(width, height);
        Point start = new Point(padding, padding + style.height())) {
      opencv_imgproc.putText(
          box,
          text,
          start,
          FONT_HERSHEY_SIMPLEX,
          style.scale(),
          light,
          style.thickness(),
          LINE_AA,
          false);
      opencv_imgproc.resize(box, stored, size, 0, 0, INTER_AREA);
      stored.data().get(grey);
    }
    return new VisibleLabel(grey, new PixelRectangle(left, top, left + width, top + height));
  }

  /** Rounded down: a block of chroma has two rows and columns of luma. */
  private static int even(double value) {
    return (int) value & ~1;
  }

  /** Where it is, in stored pixels. */
  public PixelRectangle area() {
    return area;
  }

  /** Draws it on a frame of the video. */
  public void draw(VideoFrame frame) {
    frame.drawGrey(grey, area);
  }
}
