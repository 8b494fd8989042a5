package io.latentsync.face.blend;

import static org.bytedeco.opencv.global.opencv_core.ALGO_HINT_ACCURATE;
import static org.bytedeco.opencv.global.opencv_core.BORDER_REFLECT_101;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC3;

import io.latentsync.face.detect.PictureMat;
import io.latentsync.image.RgbImage;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.global.opencv_ximgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Fits a re-synthesised face to the source face that it replaces, in three steps.
 *
 * <p><b>Colours.</b> Where the mask keeps the source, the autoencoder's picture of it can be
 * compared with the source itself. The difference is interpolated into the hole, along surfaces but
 * not across the edges of the new picture, by weighted least squares, as in Levin et al.,
 * "Colorization using optimization" (2004), here by the fast global smoother of Min et al., "Fast
 * global image smoothing based on weighted least squares" (2014), normalised by the confidence,
 * which is interpolated in the same way. So skin, neck and background have no seam, as in Pérez et
 * al., "Poisson image editing" (2003), but their colours do not mix.
 *
 * <p><b>Chroma.</b> A new mouth hardly brings hues that the source does not show nearby. An
 * autoencoder that was trained on other skins does, as spots of a wrong hue. So each pixel is
 * clamped to the {@link ChromaRange} of the source around it.
 *
 * <p><b>Share.</b> Where the fitted face hardly differs from the source, the source's pixels are
 * kept with all their detail. The share of the new face is 0 below a mean difference of {@value
 * #UNSEEN} grey levels around a pixel and outside the mask's hole, and 1 from {@value #SEEN} on.
 *
 * <p>The result is a function of the two pictures. Stateless and thread-safe.
 */
public final class SeamlessFit {
  /** Smoothing of the interpolation; its square root is about the reach of colours in pixels. */
  private static final double LAMBDA = 8000;

  /** Difference of neighbouring pixels that counts as an edge, in grey levels. */
  private static final double EDGE = 2.5;

  /**
   * The same for the second interpolation, which ignores edges, for parts without known neighbours.
   */
  private static final double NO_EDGE = 1000;

  /** Weight of the second interpolation relative to the first. */
  private static final float SMALL = 1e-3f;

  /** Pixels with at least this mask value are compared with the source. */
  private static final float KNOWN = 0.5f;

  private static final float UNSEEN = 6;
  private static final float SEEN = 14;

  /** Part of the face's side over which differences are averaged (standard deviation). */
  private static final double AROUND = 1 / 32.0;

  private final int resolution;
  private final float[] keep;

  /** A fit of faces under one mask. */
  public SeamlessFit(Mask mask) {
    resolution = mask.resolution();
    keep = mask.values();
  }

  /**
   * Fits a face.
   *
   * @param source the aligned face of the source, resolution × resolution
   * @param face the autoencoder's picture of the new face, also where the mask keeps the source,
   *     {@code [3, resolution, resolution]}, −1…1; beyond is clamped
   * @return the face with corrected colours, and its opacity
   * @throws IllegalArgumentException if one of them has another size
   */
  public FacePatch fit(RgbImage source, float[] face) {
    int plane = resolution * resolution;
    if (source.width() != resolution || source.height() != resolution || face.length != 3 * plane) {
      throw new IllegalArgumentException(
          "the face has %d values, the source %d×%d pixels, but the mask is for %d×%d"
              .formatted(face.length, source.width(), source.height(), resolution, resolution));
    }
    float[] missed = missed(source, face);
    ChromaRange around = new ChromaRange(source);
    float[] pixels = new float[3 * plane];
    float[] difference = new float[plane];
    float[] fitted = new float[3];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        float level = level(face[c * plane + i]) + missed[3 * i + c];
        fitted[c] = Math.max(0, Math.min(255, level));
      }
      if (keep[i] <= KNOWN) {
        around.clamp(i, fitted);
      }
      float largest = 0;
      for (int c = 0; c < 3; c++) {
        pixels[c * plane + i] = fitted[c] / 127.5f - 1;
        float before = source.pixels()[3 * i + c] & 0xff;
        largest = Math.max(largest, Math.abs(fitted[c] - before));
      }
      difference[i] = keep[i] > KNOWN ? 0 : largest;
    }
    float[] share = averaged(difference);
    for (int i = 0; i < plane; i++) {
      share[i] = Math.min(1 - keep[i], smoothStep((share[i] - UNSEEN) / (SEEN - UNSEEN)));
    }
    return new FacePatch(pixels, share);
  }

  /** Source minus face, interleaved, in grey levels; interpolated in the hole. */
  private float[] missed(RgbImage source, float[] face) {
    int plane = resolution * resolution;
    RgbImage guide = RgbImage.black(resolution, resolution);
    float[] known = new float[plane];
    float[] error = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      known[i] = keep[i] > KNOWN ? 1 : 0;
      for (int c = 0; c < 3; c++) {
        float level = level(face[c * plane + i]);
        guide.pixels()[3 * i + c] = (byte) Math.round(level);
        error[3 * i + c] = known[i] * ((source.pixels()[3 * i + c] & 0xff) - level);
      }
    }
    float[] near = error.clone();
    float[] nearConfidence = known.clone();
    float[] far = error.clone();
    float[] farConfidence = known.clone();
    try (Mat picture = PictureMat.of(guide)) {
      spread(picture, near, CV_32FC3, EDGE);
      spread(picture, nearConfidence, CV_32F, EDGE);
      spread(picture, far, CV_32FC3, NO_EDGE);
      spread(picture, farConfidence, CV_32F, NO_EDGE);
    }
    for (int i = 0; i < plane; i++) {
      float confidence = nearConfidence[i] + SMALL * farConfidence[i];
      // A mask that keeps nothing leaves no error to interpolate.
      if (known[i] == 0 && confidence > 0) {
        for (int c = 0; c < 3; c++) {
          error[3 * i + c] = (near[3 * i + c] + SMALL * far[3 * i + c]) / confidence;
        }
      }
    }
    return error;
  }

  private void spread(Mat guide, float[] values, int type, double edge) {
    try (FloatPointer memory = new FloatPointer(values);
        Mat picture = new Mat(resolution, resolution, type, memory);
        Mat result = new Mat()) {
      opencv_ximgproc.fastGlobalSmootherFilter(guide, picture, result, LAMBDA, edge);
      new FloatPointer(result.data()).get(values);
    }
  }

  private float[] averaged(float[] values) {
    return averaged(values, resolution, CV_32F, AROUND * resolution);
  }

  /** The Gaussian mean around each pixel of a square picture of the given type. */
  static float[] averaged(float[] values, int side, int type, double sigma) {
    int reach = (int) Math.ceil(3 * sigma);
    try (FloatPointer memory = new FloatPointer(values);
        Mat picture = new Mat(side, side, type, memory);
        Size kernel = new Size(2 * reach + 1, 2 * reach + 1)) {
      opencv_imgproc.GaussianBlur(
          picture, picture, kernel, sigma, sigma, BORDER_REFLECT_101, ALGO_HINT_ACCURATE);
      float[] averaged = new float[values.length];
      memory.get(averaged);
      return averaged;
    }
  }

  private static float level(float value) {
    return Math.max(0, Math.min(1, value / 2 + 0.5f)) * 255;
  }

  private static float smoothStep(float value) {
    float t = Math.max(0, Math.min(1, value));
    return t * t * (3 - 2 * t);
  }
}
