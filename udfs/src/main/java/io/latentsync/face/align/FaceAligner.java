package io.latentsync.face.align;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.time.FrameRate;

/**
 * Aligns the faces of one video, frame after frame, to the template: the similarity transform
 * between three points (as in the reference implementation's {@code AlignRestore}; Kabsch, 1976),
 * with the nose's error smoothed over time. Not thread-safe.
 *
 * <p>The points are not rounded. The reference's detector rounds them to whole pixels; here that is
 * the caller's task.
 */
public final class FaceAligner {
  /** The factor by which an error decays per frame at 25 fps, as in the reference. */
  private static final double PREVIOUS_SHARE = 0.2;

  private final Shape target;
  private final float previousShare;
  private boolean started;
  private float biasX;
  private float biasY;

  /** An aligner at the start of a video at 25 fps. */
  public FaceAligner(FaceTemplate template) {
    this(template, FrameRate.REFERENCE);
  }

  /** An aligner at the start of a video; errors decay equally fast in time at each rate. */
  public FaceAligner(FaceTemplate template, FrameRate rate) {
    target = Shape.of(template.points());
    previousShare =
        (float) StrictMath.pow(PREVIOUS_SHARE, FrameRate.REFERENCE.perSecond() / rate.perSecond());
  }

  /**
   * The map from the frame to the template, for the face of the next frame.
   *
   * @throws IllegalArgumentException if the three points coincide or are not finite; the frame is
   *     then ignored
   */
  public AffineMatrix align(FacePoints points) {
    Shape source = Shape.of(points);
    // The rotation V Uᵀ of the covariance's SVD, reflections excluded, has this closed form in 2-D.
    float cosine = source.dot(target);
    float sine = source.cross(target);
    double length = Math.hypot(cosine, sine);
    if (length == 0) {
      throw new IllegalArgumentException("no rotation fits the three points of a face: " + points);
    }
    float scale = target.deviation / source.deviation;
    float a = scale * (float) (cosine / length);
    float b = scale * (float) (sine / length);
    float shiftX = target.centreX - (a * source.centreX - b * source.centreY);
    float shiftY = target.centreY - (b * source.centreX + a * source.centreY);

    // In normalised units, although it is added to a translation in pixels, as in the reference.
    float errorX = target.noseX() - source.noseX();
    float errorY = target.noseY() - source.noseY();
    if (started) {
      errorX = previousShare * biasX + (1 - previousShare) * errorX;
      errorY = previousShare * biasY + (1 - previousShare) * errorY;
    }
    started = true;
    biasX = errorX;
    biasY = errorY;
    return new AffineMatrix(a, -b, shiftX + errorX, b, a, shiftY + errorY);
  }

  /** Restarts the smoothing: the next frame begins a new scene. */
  public void reset() {
    started = false;
  }

  /**
   * Three points, decomposed into centre, spread and normalised coordinates.
   *
   * @param normalised x and y of left, right and nose, centred, divided by the deviation
   * @param deviation unbiased standard deviation over all six centred coordinates
   */
  private record Shape(float[] normalised, float centreX, float centreY, float deviation) {

    static Shape of(FacePoints points) {
      float centreX = (points.leftX() + points.rightX() + points.noseX()) / 3;
      float centreY = (points.leftY() + points.rightY() + points.noseY()) / 3;
      float[] centred = {
        points.leftX() - centreX, points.leftY() - centreY,
        points.rightX() - centreX, points.rightY() - centreY,
        points.noseX() - centreX, points.noseY() - centreY
      };
      float sum = 0;
      for (float value : centred) {
        sum += value * value;
      }
      float deviation = (float) Math.sqrt(sum / (centred.length - 1));
      if (!(deviation > 0) || Float.isInfinite(deviation)) {
        throw new IllegalArgumentException(
            "the three points of a face must be finite and distinct, got " + points);
      }
      for (int i = 0; i < centred.length; i++) {
        centred[i] /= deviation;
      }
      return new Shape(centred, centreX, centreY, deviation);
    }

    float dot(Shape other) {
      float sum = 0;
      for (int i = 0; i < normalised.length; i++) {
        sum += normalised[i] * other.normalised[i];
      }
      return sum;
    }

    float cross(Shape other) {
      float sum = 0;
      for (int i = 0; i < normalised.length; i += 2) {
        sum += normalised[i] * other.normalised[i + 1] - normalised[i + 1] * other.normalised[i];
      }
      return sum;
    }

    float noseX() {
      return normalised[4];
    }

    float noseY() {
      return normalised[5];
    }
  }
}
