package io.latentsync.face.blend;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_32FC3;

import io.latentsync.image.RgbImage;
import java.util.Arrays;

/**
 * Adds the fine texture of the source's skin to a re-synthesised face: what the frame has beyond
 * the resolution of the networks. A pixel of the frame becomes {@code face + w × (frame − source
 * face)}, where both faces are resampled to the frame. So a face that equals the source's leaves
 * the frame unchanged where the weight w is 1.
 *
 * <p>The weight is 0 around the lips, and wherever contours have moved: there the texture would
 * show the old contour. Contours are compared without the colours around them, which the
 * autoencoder may change. The result is a function of the two pictures. Stateless and thread-safe.
 */
public final class DetailTransfer {
  /** Parts of the face's side over which colours are averaged (standard deviation). */
  private static final double AROUND = 1 / 24.0;

  /** Differences of contours, in grey levels, up to which and from which the weight is 1 and 0. */
  private static final float SAME = 2;

  private static final float MOVED = 6;

  /** Reach of a contour in pixels of the face (standard deviation), from the resampling's. */
  private static final double REACH = 2;

  private final int resolution;
  private final float[] skin;

  /** A transfer to faces of one resolution. */
  public DetailTransfer(int resolution) {
    this.resolution = resolution;
    skin = new float[resolution * resolution];
    for (int y = 0; y < resolution; y++) {
      for (int x = 0; x < resolution; x++) {
        // An ellipse around the place of the mouth in the template.
        double across = ((x + 0.5) / resolution - 0.5) / 0.23;
        double down = ((y + 0.5) / resolution - 0.62) / 0.15;
        skin[y * resolution + x] = smoothStep((float) ((Math.hypot(across, down) - 0.85) / 0.3));
      }
    }
  }

  /**
   * Adds the texture to a face.
   *
   * @param source the aligned face of the frame, resolution × resolution
   */
  public FacePatch to(FacePatch patch, RgbImage source) {
    int plane = resolution * resolution;
    float[] weights = weights(patch.pixels(), source);
    float[] less = Arrays.copyOf(patch.pixels(), 3 * plane);
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        less[c * plane + i] -= weights[i] * (source.pixels()[3 * i + c] & 255) / 127.5f;
      }
    }
    return new FacePatch(less, patch.share(), weights);
  }

  private float[] weights(float[] face, RgbImage source) {
    int plane = resolution * resolution;
    float[] difference = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        float level = Math.max(0, Math.min(255, (face[c * plane + i] / 2 + 0.5f) * 255));
        difference[3 * i + c] = level - (source.pixels()[3 * i + c] & 255);
      }
    }
    float[] smooth = averaged(difference, CV_32FC3, AROUND * resolution);
    float[] contours = new float[plane];
    for (int i = 0; i < 3 * plane; i++) {
      contours[i / 3] = Math.max(contours[i / 3], Math.abs(difference[i] - smooth[i]));
    }
    float[] weights = averaged(contours, CV_32F, REACH);
    for (int i = 0; i < plane; i++) {
      weights[i] = skin[i] * (1 - smoothStep((weights[i] - SAME) / (MOVED - SAME)));
    }
    return weights;
  }

  private float[] averaged(float[] values, int type, double sigma) {
    return SeamlessFit.averaged(values, resolution, type, sigma);
  }

  private static float smoothStep(float value) {
    float t = Math.max(0, Math.min(1, value));
    return t * t * (3 - 2 * t);
  }
}
