package io.latentsync.face.track;

import static org.bytedeco.opencv.global.opencv_core.BORDER_CONSTANT;
import static org.bytedeco.opencv.global.opencv_core.copyMakeBorder;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import io.latentsync.face.detect.PictureMat;
import io.latentsync.image.RgbImage;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Crops upright squares around faces as SyncNet's authors do: not aligned, with the lips below the
 * middle.
 */
public final class BoxCropper {
  /** Padding on each side, as a fraction of the box's size. */
  private static final float MARGIN = 0.4f;

  private static final int FILL = 110;

  private BoxCropper() {}

  /**
   * The square from the box's half size above its centre to 1.8 times that below it, resized
   * bilinearly; pixels outside the picture are grey (110).
   *
   * @param centreX of the box, in pixels
   * @param centreY of the box, in pixels
   * @param halfSize of the box, in pixels, above 1
   * @param side of the result in pixels
   */
  public static RgbImage crop(
      RgbImage picture, float centreX, float centreY, float halfSize, int side) {
    try (PointerScope scope = new PointerScope()) {
      // The border covers each crop whose centre is inside the picture.
      int border = (int) (halfSize * (1 + 2 * MARGIN));
      Mat framed = new Mat();
      copyMakeBorder(
          PictureMat.of(picture),
          framed,
          border,
          border,
          border,
          border,
          BORDER_CONSTANT,
          new Scalar(FILL, FILL, FILL, 0));
      float x = centreX + border;
      float y = centreY + border;
      int left = inside((int) (x - halfSize * (1 + MARGIN)), framed.cols() - 1);
      int right = inside((int) (x + halfSize * (1 + MARGIN)), framed.cols());
      int top = inside((int) (y - halfSize), framed.rows() - 1);
      int bottom = inside((int) (y + halfSize * (1 + 2 * MARGIN)), framed.rows());
      Mat square =
          new Mat(
              framed, new Rect(left, top, Math.max(1, right - left), Math.max(1, bottom - top)));
      Mat resized = new Mat();
      resize(square, resized, new Size(side, side), 0, 0, INTER_LINEAR);
      byte[] pixels = new byte[3 * side * side];
      resized.data().get(pixels);
      return new RgbImage(side, side, pixels);
    }
  }

  private static int inside(int place, int end) {
    return Math.max(0, Math.min(place, end));
  }
}
