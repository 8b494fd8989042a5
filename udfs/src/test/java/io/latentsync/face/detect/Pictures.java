package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.BORDER_CONSTANT;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import io.latentsync.image.RgbImage;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/** Pictures made from others. */
final class Pictures {
  private Pictures() {}

  /** The rectangle of a picture. */
  static RgbImage crop(RgbImage picture, int left, int top, int width, int height) {
    RgbImage crop = RgbImage.black(width, height);
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          picture.pixels(),
          3 * ((top + y) * picture.width() + left),
          crop.pixels(),
          3 * y * width,
          3 * width);
    }
    return crop;
  }

  /** A picture scaled and turned clockwise about a point, which lands in the result's middle. */
  static RgbImage turn(
      RgbImage picture, double x, double y, double scale, double degrees, int width, int height) {
    double cos = scale * Math.cos(Math.toRadians(degrees));
    double sin = scale * Math.sin(Math.toRadians(degrees));
    try (PointerScope scope = new PointerScope()) {
      Mat matrix = new Mat(2, 3, CV_64F);
      new DoublePointer(matrix.data())
          .put(
              cos,
              -sin,
              width / 2.0 - cos * x + sin * y,
              sin,
              cos,
              height / 2.0 - sin * x - cos * y);
      Mat turned = new Mat();
      warpAffine(
          PictureMat.of(picture),
          turned,
          matrix,
          new Size(width, height),
          INTER_LINEAR,
          BORDER_CONSTANT,
          Scalar.all(0));
      RgbImage result = RgbImage.black(width, height);
      turned.data().get(result.pixels());
      return result;
    }
  }

  /** The picture with all values multiplied. */
  static RgbImage dim(RgbImage picture, double factor) {
    RgbImage dimmed = picture.copy();
    byte[] pixels = dimmed.pixels();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) Math.round((pixels[i] & 0xff) * factor);
    }
    return dimmed;
  }

  /** Two pictures of the same height, side by side. */
  static RgbImage sideBySide(RgbImage left, RgbImage right) {
    RgbImage both = RgbImage.black(left.width() + right.width(), left.height());
    for (int y = 0; y < both.height(); y++) {
      System.arraycopy(
          left.pixels(),
          3 * y * left.width(),
          both.pixels(),
          3 * y * both.width(),
          3 * left.width());
      System.arraycopy(
          right.pixels(),
          3 * y * right.width(),
          both.pixels(),
          3 * (y * both.width() + left.width()),
          3 * right.width());
    }
    return both;
  }

  /** White noise. */
  static RgbImage noise(int width, int height, long seed) {
    RgbImage noise = RgbImage.black(width, height);
    new Random(seed).nextBytes(noise.pixels());
    return noise;
  }
}
