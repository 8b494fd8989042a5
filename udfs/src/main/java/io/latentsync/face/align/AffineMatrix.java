package io.latentsync.face.align;

/**
 * A 2×3 affine map from pixels of the frame to pixels of the aligned face template, pixel centres
 * at integers in both: {@code x' = m00*x + m01*y + m02}, {@code y' = m10*x + m11*y + m12}.
 */
public record AffineMatrix(float m00, float m01, float m02, float m10, float m11, float m12) {

  /**
   * The map from the template back to the frame.
   *
   * @throws IllegalArgumentException if this map is not invertible
   */
  public AffineMatrix inverse() {
    double determinant = (double) m00 * m11 - (double) m01 * m10;
    if (!Double.isFinite(determinant) || determinant == 0) {
      throw new IllegalArgumentException("an affine matrix must be invertible, got " + this);
    }
    double i00 = m11 / determinant;
    double i01 = -m01 / determinant;
    double i10 = -m10 / determinant;
    double i11 = m00 / determinant;
    return new AffineMatrix(
        (float) i00,
        (float) i01,
        (float) -(i00 * m02 + i01 * m12),
        (float) i10,
        (float) i11,
        (float) -(i10 * m02 + i11 * m12));
  }

  /** The same map, followed by a shift. */
  AffineMatrix movedBy(float x, float y) {
    return new AffineMatrix(m00, m01, m02 + x, m10, m11, m12 + y);
  }
}
