package io.latentsync.face.align;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.FaceRegion;
import io.latentsync.image.PixelRectangle;

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

  /**
   * The pixels of a picture, or beyond it, that a bilinear map between the picture and the aligned
   * rectangle touches.
   *
   * @param face the map from the picture to the template
   * @throws IllegalArgumentException if the map is not invertible
   */
  public PixelRectangle area(AffineMatrix face) {
    AffineMatrix toPicture = face.inverse();
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (int corner = 0; corner < 4; corner++) {
      // The bilinear footprint ends one pixel outside the outermost centres.
      double u = (corner & 1) == 0 ? -1 : width();
      double v = (corner & 2) == 0 ? -1 : height();
      double x = toPicture.m00() * u + toPicture.m01() * v + toPicture.m02();
      double y = toPicture.m10() * u + toPicture.m11() * v + toPicture.m12();
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    return new PixelRectangle(
        (int) Math.floor(left),
        (int) Math.floor(top),
        (int) Math.ceil(right) + 1,
        (int) Math.ceil(bottom) + 1);
  }

  /**
   * The map from a picture to the square that the networks see, pixel centres at integers in both.
   *
   * @param face the map from the picture to the template
   */
  public AffineMatrix toSquare(AffineMatrix face) {
    float x = (float) resolution / width();
    float y = (float) resolution / height();
    return new AffineMatrix(
        x * face.m00(),
        x * face.m01(),
        x * (face.m02() + 0.5f) - 0.5f,
        y * face.m10(),
        y * face.m11(),
        y * (face.m12() + 0.5f) - 0.5f);
  }

  /** The map from the square that the networks see to a picture; see {@link #toSquare}. */
  AffineMatrix fromSquare(AffineMatrix face) {
    return toSquare(face).inverse();
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
