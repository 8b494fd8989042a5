package io.latentsync.face.align;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import io.latentsync.image.RgbImage;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** OpenCV's INTER_LANCZOS4, used for its exact bytes, which depend on its fixed-point tables. */
public final class Lanczos {
  private Lanczos() {}

  /** A resized copy; an exact copy if the size is the same. */
  public static RgbImage resize(RgbImage image, int width, int height) {
    if (image.width() == width && image.height() == height) {
      return image.copy();
    }
    RgbImage result = RgbImage.black(width, height);
    try (BytePointer pixels = new BytePointer(image.pixels());
        Mat source = new Mat(image.height(), image.width(), CV_8UC3, pixels);
        Mat target = new Mat();
        Size size = new Size(width, height)) {
      opencv_imgproc.resize(source, target, size, 0, 0, opencv_imgproc.INTER_LANCZOS4);
      target.data().get(result.pixels());
    }
    return result;
  }
}
