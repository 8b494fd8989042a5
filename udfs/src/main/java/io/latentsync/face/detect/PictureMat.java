package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;

import io.latentsync.image.RgbImage;
import org.bytedeco.opencv.opencv_core.Mat;

/** Copies pictures to OpenCV's matrices. */
public final class PictureMat {
  private PictureMat() {}

  /** A copy of the picture in native memory, RGB, owned by the caller's scope. */
  public static Mat of(RgbImage picture) {
    Mat mat = new Mat(picture.height(), picture.width(), CV_8UC3);
    mat.data().put(picture.pixels());
    return mat;
  }
}
