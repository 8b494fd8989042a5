package io.latentsync.face.blend;

import static org.bytedeco.opencv.global.opencv_core.ALGO_HINT_ACCURATE;
import static org.bytedeco.opencv.global.opencv_core.BORDER_REFLECT_101;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC3;

import io.latentsync.image.RgbImage;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * The range of a source face's chroma around each pixel. A face that replaces it is clamped to this
 * range, as temporal antialiasing clamps the colours of previous frames (Karis, "High quality
 * temporal supersampling", 2014).
 *
 * <p>Where the brightness differs from the source's, something else may be visible, such as teeth
 * or the dark of a mouth. There, the range extends to grey: not at all below a difference of
 * {@value #SAME} grey levels, fully from {@value #OTHER} on.
 *
 * <p>Chroma is blue and red minus the luma of ITU-R BT.601, in grey levels.
 */
final class ChromaRange {
  private static final float RED = 0.299f;
  private static final float GREEN = 0.587f;
  private static final float BLUE = 0.114f;

  /** Part of the face's side from a pixel to the border of its neighbourhood. */
  private static final double AROUND = 1 / 42.0;

  /** Part of the face's side over which the source's noise is averaged (standard deviation). */
  private static final double SMOOTH = 1 / 128.0;

  private static final float SAME = 10;
  private static final float OTHER = 30;

  /** Luma, blue minus luma, red minus luma: interleaved. */
  private final float[] source;

  private final float[] lowest;
  private final float[] highest;

  /**
   * The ranges of a face.
   *
   * @param face an aligned face
   */
  ChromaRange(RgbImage face) {
    int side = face.width();
    source = new float[face.pixels().length];
    for (int at = 0; at < source.length; at += 3) {
      float red = face.pixels()[at] & 0xff;
      float blue = face.pixels()[at + 2] & 0xff;
      float luma = luma(red, face.pixels()[at + 1] & 0xff, blue);
      source[at] = luma;
      source[at + 1] = blue - luma;
      source[at + 2] = red - luma;
    }
    double sigma = SMOOTH * side;
    int reach = (int) Math.ceil(2 * sigma);
    int around = 2 * (int) Math.round(AROUND * side) + 1;
    try (FloatPointer memory = new FloatPointer(source);
        Mat picture = new Mat(side, side, CV_32FC3, memory);
        Size window = new Size(2 * reach + 1, 2 * reach + 1);
        Size neighbourhood = new Size(around, around);
        Mat square =
            opencv_imgproc.getStructuringElement(opencv_imgproc.MORPH_RECT, neighbourhood);
        Mat low = new Mat();
        Mat high = new Mat()) {
      opencv_imgproc.GaussianBlur(
          picture, picture, window, sigma, sigma, BORDER_REFLECT_101, ALGO_HINT_ACCURATE);
      opencv_imgproc.erode(picture, low, square);
      opencv_imgproc.dilate(picture, high, square);
      memory.get(source);
      lowest = values(low);
      highest = values(high);
    }
  }

  private float[] values(Mat picture) {
    float[] values = new float[source.length];
    new FloatPointer(picture.data()).get(values);
    return values;
  }

  /**
   * Clamps the chroma of a pixel and keeps its luma.
   *
   * @param pixel its index, row by row
   * @param rgb its red, green and blue, 0…255; changed in place
   */
  void clamp(int pixel, float[] rgb) {
    float luma = luma(rgb[0], rgb[1], rgb[2]);
    float difference = Math.abs(luma - source[3 * pixel]);
    float same = 1 - Math.max(0, Math.min(1, (difference - SAME) / (OTHER - SAME)));
    float blue = clamp(rgb[2] - luma, same, 3 * pixel + 1);
    float red = clamp(rgb[0] - luma, same, 3 * pixel + 2);
    rgb[0] = luma + red;
    rgb[1] = luma - (RED * red + BLUE * blue) / GREEN;
    rgb[2] = luma + blue;
  }

  /** Clamps to the range at an index, extended to grey by 1 − same. */
  private float clamp(float chroma, float same, int at) {
    float low = Math.min(lowest[at], same * lowest[at]);
    float high = Math.max(highest[at], same * highest[at]);
    return Math.max(low, Math.min(high, chroma));
  }

  private static float luma(float red, float green, float blue) {
    return RED * red + GREEN * green + BLUE * blue;
  }
}
