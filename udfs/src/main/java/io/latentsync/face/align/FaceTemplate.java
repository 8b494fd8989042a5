package io.latentsync.face.align;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.FaceRegion;

/**
 * The upright face that all faces are aligned to: a rectangle of {@link #width()} × {@link
 * #height()} pixels, later resized to a square of {@code resolution}. Proportions are the reference
 * implementation's: 75 × 100 units of {@code 2.8 * resolution / 256} pixels.
 *
 * @param resolution side of the square that the networks see, in pixels; a positive multiple of 8
 */
public record FaceTemplate(int resolution) {
  /** The mean region of the face mesh on aligned faces, in units. */
  private static final double MESH_CENTRE_X = 37.5;

  private static final double MESH_CENTRE_Y = 43.5;
  private static final double MESH_SIDE = 131;

  /**
   * Checks the resolution.
   *
   * @throws IllegalArgumentException if it is not a positive multiple of 8
   */
  public FaceTemplate {
    if (resolution <= 0 || resolution % 8 != 0) {
      throw new IllegalArgumentException(
          "resolution must be a positive multiple of 8, got " + resolution);
    }
  }

  /** Width of the aligned face before it is made square, in pixels: 210 at resolution 256. */
  public int width() {
    return (int) (75 * ratio());
  }

  /** Height of the aligned face before it is made square, in pixels: 280 at resolution 256. */
  public int height() {
    return (int) (100 * ratio());
  }

  /** Where the three points of a face lie in the aligned rectangle, in pixels. */
  public FacePoints points() {
    float browY = (float) (20 * ratio());
    return new FacePoints(
        (float) (17 * ratio()), browY,
        (float) (58 * ratio()), browY,
        (float) (37.5 * ratio()), (float) (40 * ratio()));
  }

  /** The square in which the mesh expects a face that is aligned to this template. */
  FaceRegion region(AffineMatrix face) {
    AffineMatrix toPicture = face.inverse();
    double x = MESH_CENTRE_X * ratio();
    double y = MESH_CENTRE_Y * ratio();
    return new FaceRegion(
        toPicture.m00() * x + toPicture.m01() * y + toPicture.m02() + 0.5,
        toPicture.m10() * x + toPicture.m11() * y + toPicture.m12() + 0.5,
        MESH_SIDE * ratio() * Math.hypot(toPicture.m00(), toPicture.m10()),
        Math.atan2(toPicture.m10(), toPicture.m00()));
  }

  private double ratio() {
    return resolution / 256.0 * 2.8;
  }
}
